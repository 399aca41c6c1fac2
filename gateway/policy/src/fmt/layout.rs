//! Which keys a file has, in which order they are written, and in which form.

/// How a value is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// As it is.
    Any,
    /// As a list, also when it is one word.
    List,
    /// As a table within one line.
    Table(&'static [Key]),
    /// One word as itself, several as a list.
    Words,
}

/// A key and the form of its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub name: &'static str,
    pub form: Form,
    /// Also written so, where it holds several words.
    pub plural: Option<&'static str>,
}

/// The tables of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Keys at the top.
    pub head: &'static [Key],
    /// Tables in the order they are written; those with `many` are `[[…]]`.
    pub tables: &'static [Table],
}

/// One table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    pub name: &'static str,
    pub many: bool,
    pub keys: &'static [Key],
}

const fn any(name: &'static str) -> Key {
    form(name, Form::Any)
}

const fn form(name: &'static str, form: Form) -> Key {
    Key {
        name,
        form,
        plural: None,
    }
}

const fn one_or(name: &'static str, plural: &'static str) -> Key {
    Key {
        name,
        form: Form::Words,
        plural: Some(plural),
    }
}

/// `rules.toml`.
pub(crate) const RULES: Layout = Layout {
    head: &[
        any("agency"),
        any("vocabulary"),
        any("until"),
        any("approval_hours"),
        any("sealed_contact"),
        form("closed", Form::List),
    ],
    tables: &[Table {
        name: "rule",
        many: true,
        keys: RULE,
    }],
};

/// A rule.
pub(crate) const RULE: &[Key] = &[
    any("id"),
    any("share"),
    any("ask"),
    any("never_above"),
    any("ask_above"),
    any("seal"),
    form("of", Form::Words),
    any("as"),
    one_or("approver", "approvers"),
    any("any_of"),
    any("approval_hours"),
    form("when", Form::Table(WHEN)),
    any("code"),
    any("why"),
    form("clause", Form::Words),
    any("owner"),
    any("until"),
];

/// The conditions of a rule.
pub(crate) const WHEN: &[Key] = &[
    form("purpose", Form::List),
    form("priority", Form::List),
    form("consent", Form::List),
    form("subject", Form::List),
    form("age", Form::List),
    any("within"),
    form("requester", Form::List),
    form("hub", Form::List),
    form("agency", Form::List),
];

/// `cases.toml`.
pub(crate) const CASES: Layout = Layout {
    head: &[],
    tables: &[
        Table {
            name: "given",
            many: false,
            keys: CASE,
        },
        Table {
            name: "case",
            many: true,
            keys: CASE,
        },
    ],
};

/// A case, and what several share.
const CASE: &[Key] = &[
    any("name"),
    one_or("field", "fields"),
    any("purpose"),
    any("priority"),
    any("consent"),
    any("subject"),
    any("age"),
    any("recency"),
    any("requester"),
    any("hub"),
    any("otherwise"),
    any("on"),
    any("auto"),
    any("approved"),
    one_or("approver", "approvers"),
    any("any_of"),
    any("sealed"),
    any("withhold"),
    any("at_most"),
];
