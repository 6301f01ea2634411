//! What words of this trade mean, in both languages: a letter in one language then teaches the
//! model about letters in the other, and a word that no starting letter uses is still understood.

/// Each is one meaning with the phrases for it in the form of `Phrases`, separated by commas.
pub(super) const CONCEPTS: &[&str] = &[
    // What is wrong with a bill.
    "wrong, incorrect*, inaccurate, mistake*, error*, in error, not right, isnt right, equivocad*, equivocaron, \
     mal, erroneo*, erronea*, no es correct*, no esta bien",
    "dispute*, disputing, contest, contesting, challenge, object to, disagree*, do not agree, dont agree, \
     protest*, disput*, impugn*, no estoy de acuerdo, desacuerdo, inconforme, reclamo, reclamar, reclamacion, \
     objet*",
    "hearing*, appeal*, review board, informal conference, audiencia*, apel*, vista administrativa, junta de \
     revision",
    "high*, too much, expensive, huge, enormous, ridiculous, outrageous, insane, crazy, alt*, carisim*, car*, \
     enorme, exager*, demasiado, una locura",
    "doubled, tripled, double, triple, quadrupl*, jumped, skyrocket*, shot up, went up, spike*, increase*, went \
     from, usually pay, normally pay, doblo, duplico, triplic*, subio, disparo, aument*, brinco, siempre pago, \
     normalmente pago, de repente",
    "usage, consumption, gallons, ccf, cubic feet, consumo, galones, pies cubicos, gasto de agua, uso de agua",
    "leak*, leaking, dripping, running toilet, toilet, plumber*, pipe*, burst, fuga*, goteo, gotea*, gotera*, \
     inodoro, plomero*, tuberia*, tubo*, salidero, bota agua, botando agua",
    "my own house, in my house, in the house, basement, en mi casa, en la casa, sotano",
    // Readings.
    "estimate*, estimated, estimating, guess*, estimad*, estimaron, estimacion*, estiman, adivin*, calculad*, al \
     ojo",
    "zero, no usage, 0 usage, 0 gallons, cero, sin consumo, en cero",
    "meter read*, reading*, read the meter, read my meter, actual read*, lectura*, leer el contador, leer el \
     medidor, leyeron, lean el",
    "meter*, contador*, medidor*, metro, reloj",
    "catch up, catchup, catch up bill, back bill*, backbill*, true up, retroactiv*, de un solo golpe, todo \
     junto, todo de una, de golpe, atrasad*",
    // Twice.
    "twice, two bills, two times, duplicate*, double billed, double charg*, same bill, same month, several \
     bills, three bills, 0 bills, multiple bills, dos veces, doble, duplicad*, dos facturas, dos recibos, dos \
     cobros, tres facturas, varias facturas, mismo mes, repetid*, la misma factura",
    // Money back or off.
    "refund*, money back, reimburs*, overpaid, overpayment, reembols*, devuelvan, devolver, devolucion, pague de \
     mas, devuelv*",
    "credit, credits, adjust*, leak adjustment, allowance, credito*, ajust*, descuent* .. fuga",
    "waive*, waiver, penalty, penalties, late fee*, late charge*, interest, remove .. fee, multa*, recargo*, \
     penalidad*, mora, interes*, condon*, perdon*",
    // Help to pay.
    "assistance, help paying, help with .. bill, tap, tiered assistance, customer assistance, program*, uesf, \
     grant*, liheap, lihwap, hardship, ayuda para pagar, ayuda con .. factura, asistencia, programa*, subsidi*, \
     beca",
    "senior*, elderly, discount*, 00 years old, tercera edad, persona mayor, personas mayores, anciano*, \
     descuento*",
    "apply, applied, application, applying, enroll*, qualify, qualified, eligib*, denied, denial, recertif*, \
     aplicar, aplique, aplicacion, solicitud, inscri*, calific*, elegib*, negaron, negad*, denegad*, recertific*",
    "income, lost my job, unemploy*, laid off, fixed income, social security, ssi, cant afford, cannot afford, \
     ingreso*, perdi .. trabajo, desemple*, sin trabajo, ingreso fijo, seguro social, no me alcanza, no puedo \
     pagar, no tengo dinero",
    "payment plan*, payment agreement*, payment arrangement*, arrangement*, installment*, instalment*, \
     agreement, pay .. month, a little at a time, pay it off, spread, plan de pago*, acuerdo de pago*, acuerdo, \
     arreglo, arreglo de pago*, a plazos, plazos, cuotas, abono*, abonar, poco a poco, pagar .. mensual*, en \
     pagos, por partes, mensualidad*",
    "down payment, broke .. agreement, missed .. payment, defaulted, default, enganche, pago inicial, pronto, \
     rompi .. acuerdo, incumpl*, me atrase",
    "extension, more time, extra time, few more days, until friday, until i get paid, pay late, next payday, get \
     paid, prorroga, mas tiempo, unos dias mas, hasta que cobre, plazo",
    // Shutoff.
    "shutoff*, shut off, shut .. off, shutting .. off, turn* .. off, turned off, cut off, disconnect*, \
     termination, corte, cort* .. agua, cortaron, me cortan, cortarme, desconect*, suspend*, suspension, \
     quitaron .. agua, quitar .. agua",
    "restore*, restoration, turn .. back on, turned back on, back on, reconnect*, restablec*, reconect*, pongan \
     .. agua, devuelvan .. agua, reinstal*",
    "notice*, final notice, tag, door, aviso*, papel, notificacion*, puerta",
    "landlord*, owner doesnt pay, ustra, casero*, dueno, duena, landlord",
    "tenant*, renter*, rent, renting, lease, inquilin*, rento, alquil*, arrend*, renta",
    "dialysis, oxygen, doctor*, medical*, sick, hospital*, illness, dialisis, oxigeno, medic*, enferm*",
    // Plain questions about bills and payments.
    "how much, balance, what do i owe, owe, amount due, saldo, cuanto debo, cuanto es, debo",
    "copy, copies, statement*, history, past bills, old bills, copia*, estado de cuenta, historial, facturas \
     anteriores, facturas viejas",
    "explain, what is this charge, what does .. mean, service charge, usage charge, rate*, breakdown, what am i \
     paying, expliqu*, que significa, que es este cargo, cargo por servicio, tarifa*, desglose, explicacion",
    "payment, paid, posted, not showing, doesnt show, did not post, didnt post, check cleared, cleared, \
     confirmation, pague, pago, no aparece, no sale, no refleja, acredit*, cobraron el cheque, confirmacion",
    "how .. pay, where .. pay, pay online, pay by phone, pay in person, autopay, auto pay, money order, como \
     pago, como puedo pagar, donde pago, donde puedo pagar, pagar en linea, pago automatico, giro",
    "sewer charge, sewer, alcantarillado, cloaca",
    // Stormwater.
    "stormwater, storm water, swms, parcel*, impervious, runoff, rain, vacant lot, parking lot, gross area, rain \
     garden, aguas pluviales, pluvial*, agua de lluvia, lluvia, lote*, solar, parcela*, impermeable, \
     estacionamiento",
    // Whose account.
    "my name, name on the account, name changed, change the name, name change, put .. in my name, take .. name \
     off, new owner, previous owner, accountholder, account holder, mi nombre, cambiar el nombre, cambio de \
     nombre, a nombre de, titular, poner .. a mi nombre, nuevo dueno, dueno anterior",
    "bought, purchased, sold, closing, closed on, deed, settlement, new house, compre, compramos, vendi, \
     vendimos, cierre, escritura*, titulo, nueva casa",
    "passed away, died, deceased, death, estate, executor*, widow*, late husband, late wife, murio, fallec*, \
     difunt*, defuncion, herencia, viud*, testamento, albacea",
    "divorce*, separated, married, maiden, ex husband, ex wife, divorci*, separamos, separe, case, casarme, \
     apellido, ex esposo, ex esposa",
    "business, llc, store, restaurant, shop, church, company, negocio, tienda, restaurante, iglesia, empresa, \
     bodega, compania",
    // Details of an account.
    "mailing address, change .. address, new address, address change, po box, direccion postal, cambi* .. \
     direccion, nueva direccion, direccion nueva, apartado",
    "phone number, telephone, email address, new email, new number, update, telefono, numero nuevo, correo \
     nuevo, correo electronico, email, actualiz*",
    "paperless, ebill*, e bill*, electronic bill*, online account, log in, login, password, access code, \
     register, sin papel, factura electronica, en linea, cuenta en linea, contrasena, clave, codigo de acceso, \
     registrar*",
    "authorize*, authorized, speak on my behalf, power of attorney, add my, contact person, autoriz*, \
     autorizad*, hable por mi, poder notarial, anadir, agregar",
    // Service.
    "start service, new service, start .. water, open an account, open account, new account, begin service, \
     moving in, move in, moved in, iniciar .. servicio, abrir .. cuenta, cuenta nueva, servicio nuevo, empezar \
     .. servicio, activar, me mudo a, me mude",
    "stop service, close .. account, end service, cancel .. service, discontinue*, moving out, move out, moved \
     out, final bill, final reading, cerrar .. cuenta, cancelar .. servicio, dar de baja, terminar .. servicio, \
     factura final, lectura final, me voy a mudar, nos mudamos",
    "install*, replace .. meter, repair .. meter, new meter, broken meter, meter is broken, appointment*, \
     technician*, schedule, instal*, cambiar .. contador, cambiar .. medidor, reparar, contador roto, medidor \
     roto, cita, tecnico*",
    "payoff, pay off figure, certification, lien cert*, title company, escrow, conveyanc*, liquidacion, \
     certificacion, compania de titulos, saldo para cierre",
    // In the street and from the tap.
    "street, sidewalk, main break, water main, broken main, manhole, sinkhole, corner, intersection, calle, \
     acera, esquina, banqueta, tuberia principal, alcantarilla, hueco, hoyo",
    "hydrant*, fire plug, hidrante*, boca de incendio, bomba de agua, llave de bomberos",
    "brown, discolor*, cloudy, rusty, smell*, taste*, yellow, dirty, lead, marron, turbia, color, huele, sabor, \
     sabe, amarill*, sucia, sucio, plomo, apesta, oxido",
    "no water, low pressure, pressure, no hay agua, sin agua, presion, no sale agua, chorrito",
    "backup, backing up, backed up, sewage, flood*, drain*, inlet, atascad*, tapad*, aguas negras, inund*, \
     desague, drenaje, se devuelve, rebos*",
    // Records.
    "right to know, rtkl, open records, public record*, records request, records, documents, foia, derecho a \
     saber, registros publicos, registros, documentos publicos, expediente*, archivos",
    // Neither.
    "thank you, thanks, kind, helpful, appreciate, gracias por, agradec*, amable*, felicit*",
    "rude, attitude, hung up, disrespect*, unprofessional, employee, grosero*, grosera, colgo, mala educacion, \
     falta de respeto, emplead*, maltrato",
    "job, jobs, hiring, resume, internship, position, trabajo, empleo*, vacante*, curriculo, curriculum, \
     pasantia",
    "school, students, class, tour, field trip, science fair, escuela, estudiantes, clase, excursion, visita \
     guiada",
    "gas, electric*, pgw, peco, trash, garbage, recycling, parking ticket, tax, taxes, luz, electricidad, \
     basura, reciclaje, impuesto*, multa de estacionamiento",
    "offer, seo, website design, marketing, discounted, unsubscribe, loan, quote, vendor, oferta*, mercadeo, \
     pagina web, prestamo*, cotizacion, proveedor*",
];
