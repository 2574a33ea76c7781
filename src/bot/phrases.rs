//! Sentences that fit any intent, and the words for a person, in the languages
//! that the built-in messages speak.

/// The sentences of one language. `{}` stands for the name of the intent.
#[derive(Debug)]
pub(super) struct Phrases {
    /// Language tag.
    pub language: &'static str,
    /// First messages.
    pub first: &'static [&'static str],
    /// What is written when an answer did not help.
    pub later: &'static [&'static str],
    /// What is written by a customer who wants a person.
    pub person_wanted: &'static str,
    /// Words for a person, in lower case.
    pub person: &'static [&'static str],
}

/// English first: it stands in for languages that are not here.
pub(super) const PHRASES: &[Phrases] = &[
    Phrases {
        language: "en",
        first: &["I have a question about {}.", "Hello, can you help me with {}?"],
        later: &["That did not help. My question is about {}.", "I still need help with {}."],
        person_wanted: "I want to talk to a person, please.",
        person: &["human", "agent", "person", "representative"],
    },
    Phrases {
        language: "de",
        first: &["Ich habe eine Frage zu {}."],
        later: &["Das hilft mir nicht. Es geht um {}."],
        person_wanted: "Ich möchte mit einem Mitarbeiter sprechen.",
        person: &["mensch", "menschen", "mitarbeiter", "mitarbeiterin"],
    },
    Phrases {
        language: "es",
        first: &["Tengo una pregunta sobre {}."],
        later: &["Eso no me ayuda. Mi pregunta es sobre {}."],
        person_wanted: "Quiero hablar con una persona, por favor.",
        person: &["humano", "agente", "persona"],
    },
    Phrases {
        language: "ro",
        first: &["Am o întrebare despre {}."],
        later: &["Nu mă ajută. Întrebarea mea este despre {}."],
        person_wanted: "Vreau să vorbesc cu un operator, vă rog.",
        person: &["operator", "persoană", "persoana", "om"],
    },
    Phrases {
        language: "ar",
        first: &["لدي سؤال عن {}."],
        later: &["هذا لا يساعدني. سؤالي عن {}."],
        person_wanted: "أريد التحدث إلى موظف من فضلك.",
        person: &["موظف", "إنسان", "شخص"],
    },
    Phrases {
        language: "ja",
        first: &["{}について質問があります。"],
        later: &["解決していません。{}についての質問です。"],
        person_wanted: "担当者と話したいです。",
        person: &["担当者", "人間", "オペレーター"],
    },
    Phrases {
        language: "zh",
        first: &["我想咨询{}。"],
        later: &["这没有帮助，我的问题是{}。"],
        person_wanted: "请转人工客服。",
        person: &["人工", "真人"],
    },
    Phrases {
        language: "hi",
        first: &["मेरा {} के बारे में एक सवाल है।"],
        later: &["इससे मदद नहीं मिली। मेरा सवाल {} के बारे में है।"],
        person_wanted: "मैं किसी व्यक्ति से बात करना चाहता हूँ।",
        person: &["व्यक्ति", "इंसान", "एजेंट"],
    },
];

/// Whether a text names a person as one of its words; in scripts that put no
/// space between words, anywhere.
pub(super) fn asks_for_person(text: &str) -> bool {
    let text = text.to_lowercase();
    let unspaced = |language: &str| matches!(language, "ja" | "zh");
    PHRASES.iter().any(|phrases| {
        phrases.person.iter().any(|word| {
            if unspaced(phrases.language) {
                text.contains(word)
            } else {
                // Marks belong to the letter before them, so only spaces and punctuation part words.
                let parts =
                    |c: char| c.is_whitespace() || c.is_ascii_punctuation() || "؟،¿¡।".contains(c);
                text.split(parts).any(|part| part == *word)
            }
        })
    })
}
