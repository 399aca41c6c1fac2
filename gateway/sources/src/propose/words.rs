//! The words by which columns and tables are commonly named.

/// The words of a name: `DateOfBirth` and `date_of_birth` are `date`, `of`, `birth`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for sign in name.chars() {
        let begins = sign.is_ascii_uppercase() && before_lower;
        if (begins || !sign.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if sign.is_ascii_alphanumeric() {
            word.push(sign.to_ascii_lowercase());
        }
        before_lower = sign.is_ascii_lowercase() || sign.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// All words in one: `dateofbirth`.
pub(super) fn joined(name: &str) -> String {
    words(name).concat()
}

/// A word without its plural ending.
pub(super) fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// What a part of a person is called.
pub(super) struct Called {
    /// The key in the mapping.
    pub(super) key: &'static str,
    /// All words of the name in one: sure.
    pub(super) sure: &'static [&'static str],
    /// One of the words of the name: likely.
    pub(super) likely: &'static [&'static str],
}

pub(super) const SURNAME: Called = Called {
    key: "surname",
    sure: &[
        "surname",
        "sname",
        "lastname",
        "familyname",
        "lname",
        "family",
        "legalsurname",
    ],
    likely: &["surname", "lastname", "family"],
};
pub(super) const FORENAME: Called = Called {
    key: "forename",
    sure: &[
        "forename",
        "forenames",
        "fname",
        "firstname",
        "firstnames",
        "givenname",
        "givennames",
        "given",
        "legalforename",
    ],
    likely: &["forename", "forenames", "firstname", "given"],
};
pub(super) const DOB: Called = Called {
    key: "dob",
    sure: &[
        "dob",
        "dateofbirth",
        "birthdate",
        "born",
        "bornon",
        "dtbirth",
        "birthdt",
    ],
    likely: &["dob", "birth", "born"],
};

/// The other parts of a person that are one column each.
pub(super) const PARTS: &[Called] = &[
    Called {
        key: "sex",
        sure: &["sex", "gender", "sexcode", "gendercode"],
        likely: &["sex", "gender"],
    },
    Called {
        key: "postcode",
        sure: &[
            "postcode",
            "postalcode",
            "pcode",
            "addresspostcode",
            "homepostcode",
        ],
        likely: &["postcode", "postalcode"],
    },
    Called {
        key: "phone",
        sure: &[
            "phone",
            "telephone",
            "tel",
            "mobile",
            "phoneno",
            "telno",
            "phonenumber",
            "mobileno",
            "telephonenumber",
            "mobilenumber",
            "contactnumber",
        ],
        likely: &["phone", "telephone", "mobile", "tel"],
    },
    Called {
        key: "school",
        sure: &["school", "schoolname", "establishment"],
        likely: &["school"],
    },
    Called {
        key: "household",
        sure: &[
            "household",
            "householdid",
            "familyid",
            "hhid",
            "householdno",
        ],
        likely: &["household"],
    },
];

/// Flags that keep something back: better mapped once too often.
pub(super) const FLAGS: &[Called] = &[
    Called {
        key: "protected",
        sure: &[
            "protected",
            "addressprotected",
            "protectedaddress",
            "safeaddress",
        ],
        likely: &["protected", "safe", "confidential", "refuge", "withheld"],
    },
    Called {
        key: "sealed",
        sure: &["sealed", "sealedflag"],
        likely: &["sealed", "restricted", "sensitive"],
    },
];

/// Identifiers that other agencies hold too, by scheme.
pub(super) const IDENTIFIERS: &[Called] = &[
    Called {
        key: "nhs_number",
        sure: &["nhsno", "nhsnumber", "nhs", "nhsnum"],
        likely: &["nhs"],
    },
    Called {
        key: "upn",
        sure: &["upn", "uniquepupilnumber", "pupilupn"],
        likely: &["upn"],
    },
];

/// Lines of an address, in the order in which they are written.
pub(super) const ADDRESS: &[&str] = &[
    "address",
    "addr",
    "homeaddress",
    "fulladdress",
    "address1",
    "addr1",
    "addressline1",
    "line1",
    "street",
    "address2",
    "addr2",
    "addressline2",
    "line2",
    "locality",
    "town",
    "city",
];

/// Words in the names of tables of people.
pub(super) const PEOPLE: &[&str] = &[
    "person",
    "people",
    "nominal",
    "client",
    "patient",
    "pupil",
    "student",
    "child",
    "children",
    "individual",
    "subject",
    "tenant",
    "customer",
    "offender",
    "citizen",
    "resident",
];
/// Words in the names of tables that are of other people, or of what people were called.
pub(super) const NOT_PEOPLE: &[&str] = &[
    "alias",
    "aliases",
    "former",
    "previous",
    "aka",
    "staff",
    "employee",
    "officer",
    "user",
    "users",
    "account",
    "worker",
    "practitioner",
    "audit",
    "history",
    "log",
    "backup",
    "tmp",
    "old",
    "contact",
    "contacts",
];
/// Words in the names of tables of other names.
pub(super) const OTHER_NAMES: &[&str] = &[
    "alias", "aliases", "aka", "former", "previous", "maiden", "other", "names", "name",
];

/// Words in the names of dates that say when something was written down.
pub(super) const RECORDED: &[&str] = &["created", "recorded", "entered", "reported", "logged"];
/// Words in the names of dates that are of something else again.
pub(super) const OTHER_DATES: &[&str] = &[
    "updated", "modified", "changed", "birth", "dob", "end", "ended", "closed", "until", "expiry",
    "deleted",
];
/// Words in the names of dates on which something ceases to be so, the likeliest first.
pub(super) const END: &[&str] = &[
    "ended",
    "end",
    "ends",
    "ending",
    "ceased",
    "left",
    "leaving",
    "leaver",
    "closed",
    "closure",
    "discharged",
    "discharge",
    "deregistered",
    "terminated",
    "termination",
    "expired",
    "expires",
    "expiry",
    "until",
    "to",
];
/// Words in the names of dates that are not yet the end of anything.
pub(super) const NOT_YET: &[&str] = &[
    "due",
    "estimated",
    "expected",
    "next",
    "planned",
    "proposed",
    "provisional",
    "review",
    "target",
];
/// Words in the names of dates of events, the likeliest first.
pub(super) const EVENT: &[&str] = &[
    "occurred", "event", "incident", "date", "day", "start", "started", "on", "dt", "at", "from",
];

/// Words by which a column that is no date to the database says that it holds one.
pub(super) const DATED: &[&str] = &["date", "day", "on", "dt"];

/// Words that stand for one another in the names of fields and columns.
pub(super) const ALIKE: &[&[&str]] = &[
    &[
        "summary",
        "text",
        "description",
        "desc",
        "narrative",
        "note",
        "detail",
        "circumstance",
        "comment",
        "happened",
    ],
    &["risk", "dash", "level", "rating", "severity"],
    &["offence", "offense", "crime", "charge"],
    &["child", "children"],
    &["practice", "surgery", "gp"],
    &["outcome", "result", "disposal"],
    &["status", "state"],
    &["role", "involvement", "capacity"],
    &["type", "kind", "category"],
    &["reason", "cause"],
    &["session", "period"],
    &["code", "mark"],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_names_into_words_however_they_are_written() {
        for name in [
            "date_of_birth",
            "DateOfBirth",
            "DATE_OF_BIRTH",
            "date of birth",
        ] {
            assert_eq!(words(name), ["date", "of", "birth"], "{name}");
        }
        assert_eq!(words("PupilID"), ["pupil", "id"]);
        assert_eq!(words("address1"), ["address1"]);
        assert_eq!(joined("NHS_No"), "nhsno");
    }

    #[test]
    fn takes_plural_endings_away() {
        for (word, expected) in [
            ("incidents", "incident"),
            ("children", "children"),
            ("enquiries", "enquiry"),
            ("address", "address"),
            ("status", "status"),
        ] {
            assert_eq!(singular(word), expected);
        }
    }
}
