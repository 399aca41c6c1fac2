//! Cases: what is read, what is refused with its place, and what is told of a case that fails.

use proptest::prelude::*;

use super::*;
use crate::sample::{RULES, set, today, vocabulary};

const GIVEN: &str =
    "[given]\npurpose = \"s47_enquiry\"\nrecency = \"to_3m\"\nsubject = \"child\"\n";

fn parse(text: &str) -> Result<Cases, PolicyError> {
    Cases::parse("cases.toml", text, vocabulary())
}

fn case(body: &str) -> Result<Cases, PolicyError> {
    parse(&format!("{GIVEN}[[case]]\nname = \"x\"\n{body}"))
}

fn refusal(body: &str) -> String {
    case(body).unwrap_err().to_string()
}

fn run(body: &str) -> CaseResult {
    let cases = case(body).unwrap_or_else(|error| panic!("{error}"));
    let mut results = cases.run(&set(RULES), vocabulary(), today());
    assert_eq!(results.len(), 1);
    results.remove(0)
}

#[test]
fn a_case_that_holds_passes() {
    let result = run("field = \"police.domestic_incident.date\"\nauto = \"exact\"\n");

    assert!(result.passed, "{result:?}");
    assert_eq!((result.line, result.column, result.questions), (6, 8, 1));
    assert_eq!(result.expected, "it as held (`detail`) at once");
}

#[test]
fn a_case_that_does_not_hold_is_told_with_its_line_and_the_rules() {
    let text = format!(
        "{GIVEN}\n[[case]]\nname = \"all of it\"\nfield = \"police.domestic_incident.date\"\nauto = \"month\"\n"
    );
    let cases = parse(&text).unwrap();

    let error = cases
        .check(&set(RULES), vocabulary(), today())
        .unwrap_err()
        .to_string();

    assert_eq!(cases.count(), 1);
    assert!(
        error.starts_with("cases.toml:7:8: case `all of it`: expected the month (`summary`) at once, but policy says it as held (`detail`) at once by rules A-1, asked `police.domestic_incident.date`, for "),
        "{error}"
    );
}

#[test]
fn approvers_sealed_and_withhold_are_each_compared() {
    let summary = "field = \"police.domestic_incident.summary\"\npriority = \"red\"\nauto = \"none\"\napproved = \"full\"\n";
    let sealed = "field = \"police.live_investigation.date\"\n";

    assert!(
        run(&format!(
            "{summary}approver = \"duty_safeguarding_sergeant\"\n"
        ))
        .passed
    );
    assert!(!run(&format!("{summary}approver = \"ig_lead\"\n")).passed);
    assert!(
        !run(&format!(
            "{summary}approvers = [\"ig_lead\", \"duty_safeguarding_sergeant\"]\nany_of = true\n"
        ))
        .passed
    );
    assert!(run(&format!("{sealed}sealed = true\n")).passed);
    assert!(!run(&format!("{sealed}auto = \"none\"\n")).passed);
    assert!(run(&format!("{sealed}sealed = true\nwithhold = \"no_rule\"\n")).passed);
    assert!(!run(&format!("{sealed}sealed = true\nwithhold = \"capped\"\n")).passed);
}

#[test]
fn a_case_may_ask_about_everything_at_once() {
    let held =
        run("fields = [\"police.live_investigation.*\"]\notherwise = \"any\"\nsealed = true\n");
    let third = run(
        "field = \"police.domestic_incident.victim_name\"\notherwise = \"any\"\nat_most = \"known\"\n",
    );

    assert!(held.passed && held.questions >= 2, "{held:?}");
    assert!(third.passed, "{third:?}");
    assert!(third.questions > 10, "{}", third.questions);
}

#[test]
fn the_question_that_breaks_a_wide_case_is_named() {
    let result =
        run("field = \"police.domestic_incident.risk\"\notherwise = \"any\"\nat_most = \"none\"\n");

    assert!(!result.passed);
    assert!(result.asked.contains("hub-northshire"), "{}", result.asked);
    assert_eq!(result.rules.first().unwrap().as_str(), "A-3");
}

#[test]
fn a_case_may_name_several_words_of_a_dimension() {
    let body = "field = \"police.domestic_incident.summary\"\napprover = \"duty_safeguarding_sergeant\"\nauto = \"none\"\napproved = \"detail\"\n";

    assert!(run(&format!("{body}priority = [\"red\", \"amber\"]\n")).passed);
    assert!(!run(&format!("{body}priority = [\"red\", \"green\"]\n")).passed);
    assert!(!run(&format!("{body}priority = \"any\"\n")).passed);
}

#[test]
fn a_case_may_be_about_another_day() {
    let rules = RULES.replacen("why = ", "until = 2026-12-31\nwhy = ", 1);
    let body = "field = \"police.domestic_incident.date\"\non = 2027-01-01\nauto = \"none\"\n";
    let cases = case(body).unwrap();

    assert!(cases.check(&set(&rules), vocabulary(), today()).is_ok());
    assert!(cases.check(&set(RULES), vocabulary(), today()).is_err());
}

#[test]
fn another_agencys_field_may_be_asked_and_gets_nothing() {
    assert!(
        run("field = \"health.maternity.date\"\nauto = \"none\"\nwithhold = \"no_rule\"\n").passed
    );
}

#[test]
fn rejects_a_word_of_no_vocabulary_and_proposes_the_nearest() {
    for (body, said) in [
        (
            "field = \"police.domestic_incident.dat\"\nauto = \"none\"\n",
            "did you mean `police.domestic_incident.date`?",
        ),
        (
            "field = \"police.domestic_incident.date\"\nauto = \"nune\"\n",
            "did you mean `none`?",
        ),
        (
            "field = \"police.domestic_incident.date\"\nauto = \"redacted\"\n",
            "`redacted` is not a rung of a date field; allowed here: none, known, headline, summary, detail, year, month, exact",
        ),
        (
            "field = \"police.domestic_incident.date\"\nsubject = \"chold\"\nauto = \"none\"\n",
            "did you mean `child`?",
        ),
        (
            "field = \"police.domestic_incident.date\"\npurpose = [\"s47_enquiry\", \"s47_enquery\"]\nauto = \"none\"\n",
            "did you mean `s47_enquiry`?",
        ),
        (
            "field = \"police.domestic_incident.date\"\nrecency = \"24 months\"\nauto = \"none\"\n",
            "`24 months` is not a recency",
        ),
        (
            "field = \"police.domestic_incident.date\"\nage = \"5\"\nauto = \"none\"\n",
            "`5` is not a age",
        ),
        (
            "field = \"police.domestic_incident.date\"\nhub = \"Hub North\"\nauto = \"none\"\n",
            "cases.toml:8:7: ",
        ),
        (
            "field = \"police.domestic_incident.date\"\nwithold = \"capped\"\nauto = \"none\"\n",
            "did you mean `withhold`?",
        ),
        (
            "field = \"police.domestic_incident.date\"\nwithhold = \"caped\"\nauto = \"none\"\n",
            "did you mean `capped`?",
        ),
        (
            "field = \"police.domestic_incident.date\"\nauto = \"none\"\napproved = \"full\"\napprover = \"sergeant\"\n",
            "`sergeant` is not a role of approver",
        ),
        (
            "field = \"police.domestic_incident.date\"\notherwise = \"all\"\nauto = \"none\"\n",
            "allowed: any, given",
        ),
    ] {
        let error = refusal(body);

        assert!(
            error.starts_with("cases.toml:") && error.contains(said),
            "{error}"
        );
    }
}

#[test]
fn rejects_what_no_policy_could_ever_say() {
    let field = "field = \"police.domestic_incident.date\"\n";
    for (body, said) in [
        (
            "auto = \"detail\"\napproved = \"known\"\n",
            "agreement never takes anything away",
        ),
        (
            "auto = \"known\"\napproved = \"detail\"\n",
            "name in `approvers` who must agree",
        ),
        (
            "auto = \"known\"\napprover = \"ig_lead\"\n",
            "`approvers` are asked only where",
        ),
        (
            "auto = \"known\"\nany_of = true\n",
            "`any_of` needs two or more",
        ),
        (
            "auto = \"known\"\nsealed = true\n",
            "what is sealed releases nothing",
        ),
        (
            "at_most = \"known\"\nwithhold = \"capped\"\n",
            "remove `withhold`",
        ),
        ("", "`auto` is missing"),
        (
            "auto = \"none\"\nfields = [\"police.conviction.date\"]\n",
            "`field` or `fields`, not both",
        ),
        (
            "auto = \"none\"\nsealed = \"yes\"\n",
            "`sealed` must be true or false, not text",
        ),
        (
            "auto = \"none\"\npriority = []\n",
            "`priority` is an empty list",
        ),
        (
            "auto = \"none\"\npriority = [\"any\", \"red\"]\n",
            "`any` is every priority already",
        ),
        (
            "auto = \"none\"\non = \"2027-01-01\"\n",
            "`on` must be a date without quotes",
        ),
    ] {
        let error = refusal(&format!("{field}{body}"));

        assert!(error.contains(said), "{body}: {error}");
    }
}

#[test]
fn rejects_files_that_are_not_cases_and_lists_every_mistake() {
    for text in [
        "",
        "case = []",
        "case = 1",
        "[[case]]\nname = ",
        "given = 1\n[[case]]\nname = \"x\"\nfield = \"police.conviction.date\"\nauto = \"none\"\npurpose = \"marac\"\n",
    ] {
        let error = parse(text).unwrap_err().to_string();

        assert!(error.starts_with("cases.toml:"), "{error}");
    }
    let without = "[[case]]\nname = \"x\"\nfield = \"police.conviction.date\"\nauto = \"none\"\n";
    let error = parse(without).unwrap_err().to_string();
    assert!(error.contains("`purpose` is missing"), "{error}");

    let two = refusal(
        "field = \"police.a.b\"\nauto = \"all\"\n[[case]]\nname = \"x\"\nfield = \"police.conviction.date\"\nauto = \"none\"\nautto = 1\n",
    );
    assert_eq!(two.lines().count(), 3, "{two}");
}

#[test]
fn rejects_a_case_about_no_field() {
    for (body, said) in [
        ("fields = []\nauto = \"none\"\n", "`fields` is empty"),
        ("auto = \"none\"\n", "`field` is missing"),
        (
            "fields = [\"police.conviction.*\", \"police.conviction.date\"]\nauto = \"none\"\n",
            "is in the case twice",
        ),
    ] {
        let error = refusal(body);

        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn rejects_two_cases_of_one_name() {
    let body = "field = \"police.conviction.date\"\nauto = \"none\"\n";
    let error = refusal(&format!("{body}[[case]]\nname = \"x\"\n{body}"));

    assert!(error.contains("names a second case"), "{error}");
}

#[test]
fn what_a_case_does_not_write_is_not_known() {
    let text = "[[case]]\nname = \"x\"\npurpose = \"s47_enquiry\"\nfield = \"police.domestic_incident.date\"\nauto = \"none\"\nwithhold = \"outside_window\"\n";

    assert!(
        parse(text)
            .unwrap()
            .check(&set(RULES), vocabulary(), today())
            .is_ok()
    );
}

proptest! {
    /// Whatever is written, it is read, or refused with file, line and column in every line.
    #[test]
    fn any_case_is_read_or_refused_with_a_place(
        key in prop::sample::select(vec!["field", "fields", "purpose", "subject", "hub", "on", "auto", "approved", "approver", "any_of", "sealed", "withhold", "at_most", "otherwise", "wrong"]),
        value in prop_oneof![
            "[ -~]{0,20}".prop_map(|text| format!("{text:?}")),
            Just("\"any\"".to_owned()),
            Just("[\"s47_enquiry\", \"marac\"]".to_owned()),
            Just("[]".to_owned()),
            Just("true".to_owned()),
            Just("2027-01-01".to_owned()),
            Just("{ }".to_owned()),
            "[ -~]{0,12}",
        ],
    ) {
        let body = format!("field = \"police.conviction.date\"\nauto = \"none\"\n{key} = {value}\n");

        if let Err(error) = case(&body) {
            for line in error.to_string().lines() {
                let mut parts = line.splitn(4, ':');
                prop_assert_eq!(parts.next(), Some("cases.toml"));
                prop_assert!(parts.next().is_some_and(|line| line.parse::<usize>().is_ok()), "{}", line);
                prop_assert!(parts.next().is_some_and(|column| column.parse::<usize>().is_ok()), "{}", line);
            }
        }
    }
}
