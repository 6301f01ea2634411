//! What each topic must say and what no reply may say: sections 9.1 and 9.2 of the domain notes.

use crate::letter::Topic;

/// The paragraphs that a topic's template, with its parts, must have.
pub(super) const fn required(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Dispute => &[
            "understood",
            "checked",
            "review",
            "hearing",
            "board",
            "growing",
            "agreement",
            "application",
            "protections",
            "next",
        ],
        Topic::HighUsage => {
            &["understood", "checked", "toilets", "other_causes", "agreement", "application", "protections", "next"]
        }
        Topic::NameChange => {
            &["understood", "buyer", "tenant", "owner_died", "owner_alive", "balance", "where_to", "next"]
        }
        Topic::Assistance => &["understood", "programs", "papers", "application", "agreement", "protections", "next"],
        Topic::PaymentAgreement => &["understood", "agreement", "late", "application", "protections", "next"],
        Topic::Shutoff => &[
            "understood",
            "notice",
            "threshold",
            "winter",
            "medical",
            "raise_hand",
            "renters",
            "protections",
            "agreement",
            "application",
            "next",
        ],
        Topic::BillingInquiry => &["understood", "checked", "four_parts", "ways_to_pay", "next"],
        Topic::ZeroOrEstimated => {
            &["understood", "checked", "estimates", "appointment", "agreement", "application", "protections", "next"]
        }
        Topic::DuplicateBill => &["understood", "checked", "newest", "proof", "next"],
        Topic::Adjustment => &["understood", "checked", "review", "papers", "hearing", "board", "growing", "next"],
        Topic::Stormwater => &["understood", "everyone", "classes", "appeal", "next"],
        Topic::AccountUpdate => &["understood", "confirm", "yourself", "code", "next"],
        Topic::ServiceRequest => &["understood", "moving", "selling", "payoff", "ending", "next"],
        Topic::FieldProblem => &["understood", "call_now", "owner", "next"],
        Topic::RecordsRequest => &["understood", "days", "own_bills", "next"],
        Topic::Other => &["understood", "next"],
    }
}

/// The paragraphs that the templates around every reply must have.
pub(super) fn required_of_frame(name: &str) -> &'static [&'static str] {
    match name {
        "greeting" => &["salutation", "received", "account"],
        "closing" => &["contact", "copies", "language", "signature"],
        _ => &[],
    }
}

/// Words that no reply may contain, in small letters without accents, and why.
pub(super) const BANNED: &[(&str, &[&str], &str)] = &[
    (
        "en",
        &["puc", "public utility commission", "public utilities commission"],
        "the PUC does not decide about the City's water; name the informal hearing and the Tax Review Board",
    ),
    (
        "en",
        &[
            "stops interest",
            "stop interest",
            "stops the interest",
            "stop the interest",
            "interest stops",
            "stops penalties",
            "stop penalties",
            "stops the penalties",
            "no interest will",
            "no penalties will",
        ],
        "a dispute, hearing or petition does not stop interest and penalties",
    ),
    (
        "en",
        &[
            "will be shut off on",
            "we will shut off",
            "we will turn off your",
            "your water will be shut off unless",
            "notice 2",
            "second shutoff notice",
            "second notice",
        ],
        "a letter threatens no shutoff; say what notice the account shows",
    ),
    (
        "en",
        &[
            "guarantee",
            "guaranteed",
            "we promise",
            "will be waived",
            "will waive",
            "will be refunded",
            "will refund",
            "will be credited",
            "will credit",
            "will be forgiven",
            "will forgive",
            "will be removed from your bill",
            "will be reduced",
            "you will get a credit",
            "you will get a refund",
        ],
        "promise no credit, refund, waiver or limit; say that it is being reviewed, and by whom",
    ),
    (
        "en",
        &[
            "meter is accurate",
            "meter is correct",
            "meter is right",
            "meter was accurate",
            "responsible for the leak",
            "responsible for a leak",
            "responsible for this leak",
        ],
        "without a test on file nobody knows that; say what the readings show",
    ),
    (
        "en",
        &["third agreement", "another agreement for the same", "new agreement for the same"],
        "there is no third one",
    ),
    (
        "en",
        &[
            "stop paying rent",
            "stop paying your rent",
            "withhold rent",
            "withhold your rent",
            "do not pay rent",
            "landlord's balance must",
        ],
        "a tenant is told of the right to take the payment off the rent, nothing else",
    ),
    (
        "en",
        &[
            "you qualify",
            "you are eligible",
            "you will be approved",
            "you will qualify",
            "your tap bill will be",
            "your tap bill would be",
            "you do not qualify",
            "you are not eligible",
        ],
        "the Water Revenue Bureau decides about programs; say who can apply",
    ),
    (
        "en",
        &["lihwap", "wrap", "city grant", "uesf will pay", "uesf pays"],
        "the program has ended, or its money is not sure",
    ),
    (
        "en",
        &[
            "social security",
            "ssn",
            "bank account number",
            "card number",
            "credit card",
            "debit card",
            "send originals",
            "send the original",
            "send your original",
            "original documents",
            "send us your access code",
            "send us the access code",
            "your access code is",
        ],
        "ask for no such numbers, codes or originals, and repeat none",
    ),
    (
        "en",
        &[
            "we set the rates",
            "we set rates",
            "our rates",
            "department sets the rates",
            "department sets rates",
            "bureau sets the rates",
            "we raised the rates",
            "we raised rates",
        ],
        "the independent Rate Board sets the rates",
    ),
    (
        "en",
        &[
            "frivolous",
            "your fault",
            "you failed",
            "your failure",
            "collection agency",
            "sent to collections",
            "delinquent",
            "legal action",
            "negligence",
            "neglected",
            "as you should know",
            "final warning",
        ],
        "say it kindly: what is owed, until when, and what can be done",
    ),
    (
        "es",
        &["puc", "comision de servicios publicos", "comision de servicios publicos de pensilvania"],
        "la PUC no decide; nombre la audiencia informal y la Junta de Revisión de Impuestos",
    ),
    (
        "es",
        &[
            "detiene los intereses",
            "detienen los intereses",
            "no se cobraran intereses",
            "detiene los recargos",
            "suspende los intereses",
            "se detienen los intereses",
        ],
        "a dispute, hearing or petition does not stop interest and penalties",
    ),
    (
        "es",
        &["le cortaremos", "se le cortara el agua el", "cortaremos el agua", "aviso 2", "segundo aviso"],
        "a letter threatens no shutoff; say what notice the account shows",
    ),
    (
        "es",
        &[
            "garantiza",
            "garantizamos",
            "garantizado",
            "le prometemos",
            "prometemos",
            "se le acreditara",
            "le acreditaremos",
            "se le reembolsara",
            "le reembolsaremos",
            "le devolveremos",
            "se le perdonara",
            "se le condonara",
            "le quitaremos",
            "recibira un credito",
            "recibira un reembolso",
        ],
        "promise no credit, refund, waiver or limit; say that it is being reviewed, and by whom",
    ),
    (
        "es",
        &[
            "el medidor es exacto",
            "el medidor funciona bien",
            "el medidor es correcto",
            "responsable de la fuga",
            "responsable de esta fuga",
        ],
        "without a test on file nobody knows that; say what the readings show",
    ),
    ("es", &["tercer plan", "otro plan para la misma deuda"], "there is no third one"),
    (
        "es",
        &["deje de pagar", "no pague la renta", "no pague el alquiler", "retenga el alquiler", "retenga la renta"],
        "a tenant is told of the right to take the payment off the rent, nothing else",
    ),
    (
        "es",
        &[
            "usted califica",
            "usted es elegible",
            "sera aprobada",
            "sera aprobado",
            "su factura de tap sera",
            "usted no califica",
            "usted no es elegible",
        ],
        "the Water Revenue Bureau decides about programs; say who can apply",
    ),
    ("es", &["lihwap", "wrap", "uesf pagara", "uesf paga"], "the program has ended, or its money is not sure"),
    (
        "es",
        &[
            "seguro social",
            "numero de tarjeta",
            "tarjeta de credito",
            "tarjeta de debito",
            "cuenta bancaria",
            "documentos originales",
            "envie los originales",
            "envienos su codigo",
            "su codigo de acceso es",
        ],
        "ask for no such numbers, codes or originals, and repeat none",
    ),
    (
        "es",
        &["fijamos las tarifas", "nuestras tarifas", "el departamento fija las tarifas", "subimos las tarifas"],
        "the independent Rate Board sets the rates",
    ),
    (
        "es",
        &[
            "frivola",
            "frivolo",
            "su culpa",
            "usted no cumplio",
            "usted fallo",
            "agencia de cobro",
            "agencia de cobranza",
            "moroso",
            "morosa",
            "accion legal",
            "negligencia",
            "ultima advertencia",
        ],
        "say it kindly: what is owed, until when, and what can be done",
    ),
];
