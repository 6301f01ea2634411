//! Phrases of English that raise a flag.

use crate::letter::Flag;

/// For each flag its phrases, separated by commas.
pub(super) const PHRASES: &[(Flag, &str)] = &[
    (
        Flag::Medical,
        "dialysis, oxygen, concentrator, ventilator, nebulizer, cpap, feeding tube, chemo*, cancer, hospital*, \
         doctor*, physician*, nurse*, medical*, medicine*, medication*, surgery, surgeries, operation, diabet*, \
         asthma*, copd, emphysema, wheelchair, insulin, hospice, stroke, heart attack, heart condition, heart \
         failure, seizure*, epilep*, sickle cell, transplant, kidney*, seriously ill, illness, disabled, \
         disability, bedridden, bedbound, homebound, high risk pregnan*, pregnant, newborn, premature, preemie, \
         sick, health condition, breathing machine, breathing treatment*, home health, wound care, colostomy, \
         catheter*, immune, alzheimer*, dementia, parkinson*, quadripleg*, parapleg*, special needs, autis*, trach, \
         tracheo*, g tube, iv line, picc line, colostom*, ostomy, pacemaker, lupus, multiple sclerosis, cystic \
         fibrosis, leukemia, lung*, pulmonary, radiation, er visit*, icu, nicu, pediatrician*, caregiver*, life \
         support, suction, sterile, sterili*, c section, infection*, hemodialysis, peritoneal",
    ),
    (
        Flag::ShutoffImminent,
        "shutoff, shut off, shut .. off, shutting .. off, shuts .. off, shutoffs, turn .. water off, turn off .. \
         water, turned off, turned .. water off, turning off, cut off .. water, cut .. water off, cut off, water \
         is off, water has been off, water been off, waters off, water off, no water since, have no water, \
         without water, disconnect*, final notice, restore .. service, restore .. water, restoration, restored, \
         turn .. back on, turned back on, reconnect*, termination notice, terminate service, service terminated, \
         pink notice, red tag, door hanger, tag on .. door, notice on .. door, 00 day notice, 0 day notice, ten \
         day notice, water goes off, cut us off, lose .. water, losing .. water",
    ),
    (
        Flag::Legal,
        "lawyer*, attorney*, lawsuit*, sue, suing, sued, court, legal action, legal aid, legal services, small \
         claims, subpoena*, bankruptcy, litigation, law firm, law office*, esquire, esq, counsel, our client, my \
         client, class action, injunction, statute, complaint with, cease and desist, community legal, judge, \
         legal counsel, sheriff sale, sheriffs sale, lien, public utility commission, puc, attorney general, \
         reserve all rights, reserves all rights",
    ),
    (
        Flag::Official,
        "councilmember*, council member*, councilman*, councilwoman*, city council, councilperson*, council \
         office, councilmanic, senator*, state representative*, state rep, mayor*, my representative, \
         congressman*, congresswoman*, congressional, representatives office, constituent*, ward leader, \
         committeeperson, committeeman, committeewoman, district office, legislative, city controller, ombuds*, \
         state house, alderman, elected official*, public advocate, governor*",
    ),
    (
        Flag::Press,
        "reporter*, newspaper*, inquirer, news station, action news, telemundo, univision, the media, press, \
         channel 0, channel 00, journalist*, nbc00, fox 00, on the record, for comment, on deadline, news crew, \
         tv news, the news, radio station, whyy, daily news, editor, news desk, newsroom, news outlet, news tip, \
         billy penn, publish, a story on, a story about, consumer investigat*, investigative, troubleshooter*, \
         go public, social media, podcast",
    ),
    (
        Flag::Threat,
        "kill, killing .. self, end my life, end it all, ending it all, take my own life, taking my own life, \
         hurt myself, harm myself, suicid*, i will hurt, ill hurt, hurt someone, hurt somebody, hurt one of, \
         gun, guns, shotgun, pistol, rifle, firearm*, shoot .. you, shoot .. him, shoot .. them, shoot somebody, \
         shoot up, shooting, burn .. down, burn down, set fire, light it up, blow up, blow .. up, bomb*, want to \
         die, wanna die, wish i was dead, better off dead, rather be dead, be dead, you will regret, youll \
         regret, will be sorry, be sorry the, going to be sorry, gonna be sorry, beat .. up, baseball bat, a \
         bat, crowbar, hammer, watch your back, know where you, know where .. work, know where .. live, know \
         where .. park*, know where .. sit, know what time, know which car, what car, which car, go to his \
         house, go to her house, to your house, plate number*, come down there, coming down there, coming down \
         to, come for you, coming for you, waiting on him, waiting for him, waiting outside, gets hurt, got \
         hurt, get hurt, blood on your, your blood, no reason to live, reason to go on, cant go on, cannot go \
         on, cant do this any*, cant do it any*, cant keep doing this, cant take it any*, dont want to be here, \
         dont want to live, not want to live, dont want to wake, not wake up, dont see a way out, no way out, \
         not be around, wont be around, not be here by, wont be here, nothing to live for, nothing left to lose, \
         nothing to lose, not worth living, overdose, my pills, the pills, of pills, pills counted, jump off, \
         off the bridge, in the river, rope, hang myself, slit, knife, machete, saw, break .. neck, break his, \
         break your, break their, break somebodys, smash, make .. pay for this, teach .. lesson, need to be \
         taught, ambulance, swing on, put my hands on, my bare hands, drag .. out, drag the, throw .. through, \
         through .. window, thru .. window, run him over, run .. over, put .. down that, wring, strangle, choke, \
         violence, violent, threat*, or else, take matters into, better not come, better not send, bring a \
         friend, send another guy, next one that comes, next person who, next one who, dont come alone, if i see \
         one of, see one of your, last warning, final warning, been told, been warned, you were warned, better \
         off without me, without me, if im gone, when im gone, after im gone, life insurance, being done, be \
         done with it, find out what i carry, god help, i swear to god, hold me responsible, not responsible for \
         what, what i might do, what ill do, what i will do, dont know what ill do, snap on, lose it on, \
         poison*, explosive*, anthrax",
    ),
    (
        Flag::Deceased,
        "passed away, passed on, passed last, passed in, has passed, deceased, died, dies, death certificate*, \
         deaths certificate, my late, his late, her late, late husband*, late wife*, late mother*, late father*, \
         estate of, the estate, executor*, executrix, administratrix, letters testamentary, letters of \
         administration, short certificate*, widow*, funeral, obituary, probate, register of wills, is dead, was \
         dead, lost my husband, lost my wife, lost my mother, lost my mom, lost my father, lost my dad, death \
         of, his death, her death, since .. death, after .. death, buried, decedent, inherit*",
    ),
    (
        Flag::DomesticViolence,
        "domestic violence, domestic abuse, abuse*, abusive, abusing, restraining order, protective order, \
         protection order, order of protection, protection from abuse, pfa, shelter, safe house, he beat*, beat \
         me, beats me, he hit*, hit me, hits me, she hit*, hurts me, hurt me, he hurt*, fled, fleeing, flee, \
         escaped, escape from, violent ex*, violent husband, violent partner, violent boyfriend, stalk*, \
         stalker, find out where i, must not know, cannot know where, cant know where, not find me, find me, \
         does not know where, doesnt know where, confidential address, address confidentiality, afraid of him, \
         afraid of my, scared of him, afraid he, batter*, women against abuse, choked me, strangled me, \
         threatened me, threatens me, left him, ran from, get away from, got away from, laid hands on me, puts \
         his hands on, put his hands on",
    ),
    (
        Flag::Tenant,
        "landlord*, land lord, i rent, we rent, im renting, renting, rented, tenant*, my lease, lease, the \
         lease, renter*, rental, rent, my rent, ustra, property manager, management company, section 0, housing \
         voucher, sublet*, subleas*, apartment* .. owner, owner of the building, slumlord",
    ),
    (
        Flag::IdentityTheft,
        "identity, identity theft, stole my, stolen, scam*, fraud*, in my name without, account in my name, fake \
         website, fake site, fake bill, fake, never opened, did not open, didnt open, never lived, never had an \
         account, impersonat*, phishing, phish*, pretend*, forged, forgery, used my name, using my name, use my \
         name, used my social, using my social, my social was, my ssn was, hacked, hacker*, compromised, \
         unauthorized, imposter, impostor, suspicious, ftc, police report, gift card*, zelle, posing as, \
         claiming to be, not my signature, without my knowledge, without my permission, opened .. in my name, \
         opened .. my name, put .. in my name, data breach, somebody elses name, spoof*, crook*, con artist",
    ),
    (
        Flag::HearingRequest,
        "hearing, hearings, appeal*, tax review board, review board, trb, formal dispute, formal review, formal \
         complaint, informal conference, conference, contest .. decision, hearing officer, appear before, \
         present my case, tell my side, before a judge, before the board, sit down with, an impartial, \
         independent review, petition, my day in court, be heard, heard in person, your decision, your \
         determination, overturn",
    ),
    (
        Flag::Hardship,
        "cant afford, cannot afford, can not afford, unable to afford, couldnt afford, afford to, cant pay, \
         cannot pay, can not pay, unable to pay, not able to pay, no way to pay, dont have the money, do not \
         have the money, dont have that, dont have it, dont have that kind, no money, lost my job, lost his job, \
         lost her job, out of work, laid off, layoff*, furlough*, unemploy*, fixed income, social security, food \
         stamps, snap, food bank, food pantry, struggl*, hardship, behind on, fell behind, fallen behind, ssi, \
         ssdi, low income, limited income, poverty, make ends meet, paycheck to paycheck, hours .. cut, hours \
         were cut, cut my hours, cut hours, lost hours, single mother, single mom, single parent, evict*, broke, \
         financial*, rent or, food or, groceries, medicaid, welfare, tanf, liheap, on disability, pension, \
         homeless, barely, scrap*, money is tight, tight",
    ),
    (
        Flag::ThirdParty,
        "on behalf of, behalf, my mothers, my fathers, my moms, my dads, my client*, our client*, power of \
         attorney, poa, my mother is, my grandmother*, my grandfather*, my grandma*, my grandpop*, my grandmom*, \
         for my mother, for my mom, for my father, for my dad, for my grand*, for my aunt, for my uncle, for my \
         neighbor*, my neighbor*, my aunt*, my uncle*, my parents, my mother, my father, my mom, my dad, my \
         parishioner*, parishioner*, caseworker*, case worker, case manager, social worker*, realtor*, title \
         company, settlement company, real estate agent, property manager*, i manage, we manage, we represent, i \
         represent, writing for, guardian, caregiver*, paralegal, she asked me to, he asked me to, asked me to \
         write, asked me to email, does not speak english, doesnt speak english, dont speak english, speaks only \
         spanish, for a resident, one of our, our resident, pastor, reverend, my elderly, my tenant*, my son, my \
         daughter, my brother*, my sister*, i translate, translating",
    ),
    (
        Flag::PersonalData,
        "ssn, social security number, social security no, my social is, my social, last four of my social, card \
         number, debit card, credit card, visa, mastercard, amex, cvv, security code, exp 00, expires 00, exp \
         date, expiration, routing number, routing, bank account, account and routing, checking account, drivers \
         license*, driver license, license number, passport, date of birth, dob, born on, 000 00 0000, 0000 0000 \
         0000 0000, pin is, my password, password, birth certificate, medicare number, medicaid number, tax \
         return*, w0, pay stub*, bank statement*, itin",
    ),
    (
        Flag::RepeatContact,
        "second time, third time, fourth time, fifth time, 0rd time, 0th time, 0nd time, second letter, third \
         letter, fourth letter, second email, third email, 0nd letter, 0rd letter, 0rd email, again and again, i \
         have called, ive called, we called, i called, called .. times, call* every, already called, already \
         wrote, already sent, already emailed, already told, wrote .. before, written .. before, still no \
         answer, no answer, no response, no reply, never heard back, havent heard, have not heard, not heard \
         back, heard nothing, no one has, nobody has, no one called, nobody called, never called back, never \
         called me back, called me back, previous email, previous letter, last email, last letter, earlier \
         email, earlier letter, my letter of, i wrote, ive written, i have written, ive emailed, i emailed, i \
         have emailed, wrote to you, follow up, following up, followup, once again, yet again, keep calling, \
         kept calling, keep getting transferred, transferred, on hold, spoke with, spoke to, talked to, told me, \
         was told, were told, i was promised, promised me, ticket number, case number, reference number, for \
         months, still waiting, as i said, how many times, multiple times, several times, many times, numerous \
         times, two times, three times, twice, times already",
    ),
];
