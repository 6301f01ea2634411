//! Phrases of Spanish that raise a flag, accents folded.

use crate::letter::Flag;

/// For each flag its phrases, separated by commas.
pub(super) const PHRASES: &[(Flag, &str)] = &[
    (
        Flag::Medical,
        "dialisis, oxigeno, ventilador, respirador, nebulizador, quimio*, cancer, hospital*, doctor*, medico*, \
         medica, medicas, medicina*, medicamento*, cirugia*, operaron, operacion, operad*, diabet*, asma, \
         asmatic*, insulina, silla de ruedas, enferm*, discapacitad*, discapacidad, incapacitad*, hospicio, \
         derrame, infarto, corazon, convulsion*, epilep*, anemia falciforme, trasplante, rinon*, embaraza*, \
         recien nacid*, prematur*, encamad*, postrad*, salud, tratamiento*, terapia*, alzheimer, demencia, \
         presion alta, maquina para respirar, sonda, delicad* de salud, condicion medica, parkinson, autis*, \
         necesidades especiales, traqueo*, cateter*, colostom*, marcapaso*, lupus, esclerosis, fibrosis, \
         leucemia, pulmon*, epoc, radiacion, quimioterapia*, pediatra*, sala de emergencia*, cuidados intensivos, \
         aspirador, esteril*, cesarea, infeccion*, ataque al corazon, cardiac*, renal, discapacit*, terapeut*, \
         diabetes, azucar alta, nebulizacion*, bomba de insulina, alimentacion por tubo, paciente de",
    ),
    (
        Flag::ShutoffImminent,
        "aviso de corte, avisos de corte, aviso final, ultimo aviso, cortar .. agua, corten .. agua, cortaron, \
         cortarme, cortarnos, cortarle, me cortan, nos cortan, le cortan, la cortan, me corten, nos corten, \
         corten, van a cortar, vayan a cortar, va a cortar, quieren cortar, cortan, cortado, corto el agua, \
         corte de agua, corte del agua, corte de servicio, corte del servicio, el corte, un corte, orden de \
         corte, sin agua, no tenemos agua, no tengo agua, quitar .. agua, quitaron .. agua, quitarme .. agua, \
         quitan .. agua, me quiten, nos quiten, cerrar .. agua, cerraron .. agua, suspend*, suspension, \
         desconect*, desconexion, reconect*, reconexion, restablec*, restaur*, papel rojo, aviso rojo, papel \
         rosado, aviso rosado, aviso en la puerta, papel en la puerta, pongan .. agua, prendan .. agua, \
         devuelvan .. agua, shut off, shutoff, quedar* sin agua",
    ),
    (
        Flag::Legal,
        "abogad*, corte municipal, tribunal*, demandar*, demanda, demandas, demandare, demandarlos, voy a \
         demandar, bancarrota, quiebra, accion legal, acciones legales, por la via legal, legal, legales, juez, \
         jueza, juzgado, juicio, licenciad*, bufete, ayuda legal, servicios legales, citacion, ante la corte, a \
         corte, a la corte, la corte, fiscal, fiscalia, procurador*, representante legal, notificacion judicial, \
         gravamen, mi cliente, nuestro cliente, mi representad*, nuestra representada, litigio",
    ),
    (
        Flag::Official,
        "concejal*, concejo, consejo municipal, concilio, senador*, alcald*, representante estatal, \
         representante .. estado, mi representante, congresista*, diputad*, oficina de la representante, oficina \
         del representante, oficina del senador, oficina de la senadora, oficina de la concejal, oficina del \
         concejal, constituyente*, lider de barrio, gobernador*, funcionari*, councilwoman, councilman, council \
         member, councilmember, lider del ward, city council, legislador*",
    ),
    (
        Flag::Press,
        "periodista*, periodico*, las noticias, noticia*, noticiero*, reporter*, la prensa, prensa, telemundo, \
         univision, al dia, canal 0, canal 00, el canal, television, la tele, la radio, radio, los medios, \
         medios de comunicacion, reportaje*, redaccion, editor, editora, redes sociales, facebook, entrevista*, \
         publicar*, nota periodistica, emisora, inquirer",
    ),
    (
        Flag::Threat,
        "matar*, matarme, los mato, lo mato, mato, quitarme la vida, quitar la vida, quitarse la vida, no quiero \
         vivir, no quiere vivir, no quiero seguir, seguir viviendo, no quiero estar aqui, ganas de vivir, ganas \
         de seguir, sentido a seguir, sentido a la vida, suicid*, hacerme dano, hacerle dano, hacerles dano, \
         pistola, un arma, armas, armado, escopeta, revolver, balas, un tiro, tiros, a tiros, disparar*, \
         quemar*, quemamos, quemo, prender fuego, prenderle fuego, prendo fuego, le prendo, les prendo, candela, \
         una bomba, bomba en, me quiero morir, quiero morir*, quisiera morir*, prefiero morir*, mejor muert*, \
         estar muert*, no despertar, no amanecer, se van a arrepentir, se va a arrepentir, arrepent*, ya veran, \
         van a pagar caro, van a pagarla*, me las van a pagar, me las pagan, la van a pagar, se donde viv*, se \
         donde trabaja*, se donde estan, se donde estaciona*, donde estaciona, se a que hora, se en que carro, \
         que carro, machete, cuchill*, navaja, un bate, a golpes, a palos, a los punos, punos, a trompadas, un \
         golpe, caerle a, partir* la, partida, cabeza partida, romper* la, rompo la, rompo las, le rompo, les \
         rompo, le parto, les parto, parto la cara, violencia, violento, amenaz*, sangre, una desgracia, hacer \
         una locura, una locura, cometer una, acabar con mi vida, acabar con todo, terminar con todo, no vale la \
         pena vivir, no vale la pena seguir, no le veo salida, no veo salida, no hay salida, no puedo mas, ya no \
         aguanto, no aguanto mas, frasco, pastillas, tirarme, me tiro, ahorcar*, soga, seguro de vida, mejor sin \
         mi, estaria mejor sin, estarian mejor sin, no me hago responsable, no respondo, atengan*, a la mala, \
         por las malas, por las buenas, avisados, advertidos, ultima advertencia, estan advertid*, soltar* los \
         perros, suelto el perro, suelto los perros, por la ventana, por delante con, lo amarro, los amarro, te \
         voy a ensenar, le voy a ensenar, una leccion, no estoy jugando, al primero que, primer empleado, el \
         primero que, al proximo que, el proximo que, el que se acerque, el que venga, al que venga, va a salir \
         de aqui, voy para alla, voy para esa oficina, voy a ir a esa, envenen*, explosiv*",
    ),
    (
        Flag::Deceased,
        "fallec*, murio, muerto, muerta, murieron, muerte, difunt*, viud*, que en paz descanse, qepd, en paz \
         descanse, descanse en paz, acta de defuncion, defuncion, certificado de muerte, partida de defuncion, \
         albacea, herencia, hereder*, herede, heredamos, heredo, sucesion, funeral*, testamento, ejecutor*, el \
         finado, la finada, perdi a mi, perdimos a, se nos fue, enterr*, velorio, registro de testamentos",
    ),
    (
        Flag::DomesticViolence,
        "violencia domestica, violencia, violencia familiar, maltrat*, abus*, orden de proteccion, orden de \
         alejamiento, orden de restriccion, orden judicial, pfa, refugio, albergue, me golpe*, me pega*, me \
         pego, le pega*, me agred*, agresor, me amenaz*, me hui, hui de, huyendo, huir, escap*, me sali de la \
         casa, me fui de la casa, acosa*, acoso, no debe saber, no puede saber, no sepa, no se entere, no quiero \
         que sepa, que el no sepa, donde vivo, donde estoy, donde estamos, no me encuentre, nos encuentre, me \
         busca, me encuentra, tengo miedo, le tengo miedo, miedo, mi ex, expareja, ex esposo, exesposo, ex \
         marido, exmarido, direccion confidencial, violento",
    ),
    (
        Flag::Tenant,
        "casero*, casera, inquilin*, alquil*, arrend*, dueno de la casa, dueno del edificio, dueno del \
         apartamento, duena de la casa, dueno, duena, el propietario, la propietaria, rento, rentamos, rentando, \
         renta, la renta, landlord, lanlord, lord, contrato de renta, contrato de arrendamiento, lease, \
         administrador del edificio, seccion 0, ustra",
    ),
    (
        Flag::IdentityTheft,
        "robo de identidad, identidad, robaron, robo, robad*, estaf*, fraud*, a mi nombre sin, a mi nombre, con \
         mi nombre, usaron mi, uso mi nombre, usan mi nombre, usando mi nombre, usando mis datos, mis datos, \
         nunca abri, yo no abri, no abri, nunca he vivido, nunca vivi, falsific*, falso, falsa, pagina falsa, \
         sitio falso, se hizo pasar, hacen pasar, haciendose pasar, hacerse pasar, suplant*, impostor*, hacke*, \
         jaque*, sin mi permiso, sin mi consentimiento, sin mi autorizacion, no autorice, reporte de policia, \
         denuncia, policia, tarjetas de regalo, zelle, sospechos*, enganaron, engan*, scam, phishing, dijo que \
         era de, decia ser, dice ser, no es mi firma",
    ),
    (
        Flag::HearingRequest,
        "audiencia*, apelar, apelo, apelacion*, apele, vista, una vista, vista administrativa, junta de \
         revision, junta, tax review board, revision formal, disputa formal, queja formal, reclamo formal, \
         conferencia, ser escuchad*, que me escuchen, me escuche*, me oigan, comparecer, presentar mi caso, \
         explicar mi caso, en persona, revision independiente, decision, determinacion, inconform*, impugn*, \
         ante un oficial, hearing, oficial imparcial, ante la junta",
    ),
    (
        Flag::Hardship,
        "no puedo pagar, no podemos pagar, no puede pagar, no tengo para pagar, no tengo con que, no tengo como, \
         no hay dinero, no tengo dinero, no tengo el dinero, no tengo ese dinero, no me alcanza, no nos alcanza, \
         no alcanza, no le alcanza, perdi mi trabajo, perdi el trabajo, perdio el trabajo, perdio su trabajo, \
         perdi mi empleo, perdio el empleo, desemple*, sin trabajo, sin empleo, sin chamba, no tengo trabajo, no \
         estoy trabajando, me despidieron, lo despidieron, me botaron, me dejaron sin, menos horas, cortaron las \
         horas, recortaron, ingreso fijo, ingresos fijos, pocos ingresos, bajos ingresos, pension, pensionad*, \
         seguro social, cupones, estampillas, dificultad*, apurad*, aprieto, situacion economica, crisis, \
         pobre*, humilde, atrasad*, me atrase, endeudad*, madre soltera, mama soltera, a duras penas, apenas, \
         comida o, o como o, ayuda economica, medicaid, welfare, liheap, banco de comida, jubilad*, retirad*, \
         vivo del cheque, cheque",
    ),
    (
        Flag::ThirdParty,
        "de parte de, en nombre de, a nombre de mi, por mi madre, por mi mama, mi madre, mi mama, mi papa, mi \
         padre, mis padres, mi abuel*, mi suegr*, mi ti*, mi vecin*, mi herman*, mi hij*, trabajador* social*, \
         trabajadora social, poder notarial, carta poder, mi cliente*, nuestro cliente, nuestra cliente, \
         realtor, agente inmobiliari*, agente de bienes raices, administro, administramos, represento, \
         representamos, le escribo por, escribo por, no habla ingles, no sabe escribir, no sabe leer, no sabe \
         usar, me pidio que, me pidio escribir, le ayudo, cuidador*, la cuido, lo cuido, cuido a, feligres*, \
         parroqui*, pastor, iglesia, tutor*, mi inquilin*, traduzco, mi senora madre, compania de titulos, \
         gestor*",
    ),
    (
        Flag::PersonalData,
        "ssn, numero de seguro social, numero de social, mi seguro social es, mi social es, mi social, tarjeta \
         de credito, tarjeta de debito, numero de tarjeta, mi tarjeta, tarjeta 0000, visa, mastercard, codigo de \
         seguridad, cvv, vence 00, cuenta de banco, cuenta bancaria, numero de ruta, ruta, numero de cuenta de \
         banco, licencia de conducir, licencia de manejar, pasaporte, fecha de nacimiento, nacido el, nacida el, \
         naci el, 000 00 0000, 0000 0000 0000 0000, itin, contrasena, clave, matricula consular, talones de \
         pago, talon de cheque, estado de cuenta del banco, acta de nacimiento, numero de medicare",
    ),
    (
        Flag::RepeatContact,
        "segunda vez, tercera vez, cuarta vez, quinta vez, segunda carta, tercera carta, cuarta carta, segundo \
         correo, tercer correo, 0da vez, 0ra vez, 0a vez, ya llame, ya escribi, ya habia, ya les escribi, ya les \
         mande, ya mande, ya envie, ya los llame, ya hable, ya les dije, he llamado, he escrito, he mandado, \
         hemos llamado, llame .. veces, llamo y llamo, llevo .. llamando, les escribi, le escribi, escribi hace, \
         llame hace, llame y, llame el, llame la, llame a, nadie me, nadie nos, nadie contesta, nadie responde, \
         nadie ha, no me han, no me contestan, no contestan, no responden, sin respuesta, no he recibido \
         respuesta, otra vez, de nuevo, nuevamente, vuelvo a, seguimiento, mi carta anterior, mi correo \
         anterior, correo anterior, carta anterior, me dijeron, me prometieron, quedaron en, me habian dicho, \
         varias veces, muchas veces, dos veces, tres veces, cuatro veces, cuantas veces, mil veces, sigo \
         esperando, sigo sin, todavia no, numero de caso, numero de reclamo, hable con, me transfir*, en espera",
    ),
];
