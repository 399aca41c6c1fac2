//! Every form of both gateways' pages, by the doors' own list: none is taken from another site, none
//! without a number of its own, and nothing that is typed into any of them ever becomes mark-up.

mod crawl;
mod live;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use harness::{Browser, Lab, Page};
use hyper::Method;
use stile_cli::config::{AgencyConfig, HubConfig};
use stile_cli::demo::partnership::{HUB, LEAD, member};
use stile_cli::demo::world::Kind;
use stile_exchange::people::{People, Person};
use stile_ledger::EntryKind;
use stile_model::id::MemberId;
use stile_portal::doors::{Rule, Who};
use stile_portal::{agency, hub};

use crawl::{Form, forms, links};

/// Would run, be worked out, or turn the line round, if anything took it for more than text.
const BAD: &str = "\"><script>alert(1)</script>'{{913731*7919}}${913731*7919}\u{202e}end";
/// How it must not come back; the number is too long to stand in a digest by chance.
const RAW: [&str; 3] = ["\"><script>alert", "<script>alert", "7235835789"];
/// Forms that must be met with live contents, of those that each gateway has.
const HUB_FORMS: usize = 12;
const AGENCY_FORMS: usize = 24;
/// Pages that one person opens on the way.
const PAGES_MOST: usize = 90;
/// Pages of one door among them: they differ in what they are about.
const ALIKE_MOST: usize = 2;

/// One member's people at its pages.
struct Desks<'a> {
    lab: &'a Lab,
    member: MemberId,
    rules: Vec<Rule>,
    people: Vec<(Person, Browser)>,
    /// A case that is there.
    case: &'static str,
}

impl<'a> Desks<'a> {
    fn of(lab: &'a Lab, member: MemberId, rules: &[Rule], case: &'static str) -> Self {
        let own = lab.dir().join(member.as_str());
        let people: People = if member.as_str() == HUB {
            let config = HubConfig::read(&own.join("hub.toml")).unwrap();
            config.parts.people
        } else {
            let config = AgencyConfig::read(&own.join("agency.toml")).unwrap();
            config.parts.people
        };
        let everybody = people.users().map(|user| people.listed(user).unwrap());
        let people = everybody.map(|person| {
            let browser = lab.browser(&member, person.user.as_str());
            (person, browser)
        });
        Self {
            people: people.collect(),
            rules: rules.to_vec(),
            lab,
            member,
            case,
        }
    }

    /// The forms' targets.
    fn posts(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.method == Method::POST)
    }

    /// Somebody who may send this form: the place among the people, and the browser.
    fn somebody(&self, rule: &Rule) -> (usize, &Browser) {
        let mut people = self.people.iter();
        let found = people.position(|(person, _)| rule.who.admits(Some(person)));
        let place = found.unwrap_or_else(|| panic!("nobody may {}", rule.path));
        (place, &self.people[place].1)
    }

    /// A number of a form for everybody's browser.
    async fn numbers(&self) -> Vec<String> {
        let mut numbers = Vec::new();
        for (_, browser) in &self.people {
            numbers.push(Self::nonce(browser).await);
        }
        numbers
    }

    fn filled(&self, rule: &Rule) -> String {
        let parts = rule.path.split('/').map(|part| match part {
            "{case}" => self.case,
            "{category}" => "police.domestic_incident",
            "{purpose}" => "s47_enquiry",
            "{index}" | "{number}" | "{version}" => "1",
            part if part.starts_with('{') => "0123456789abcdef0123456789abcdef",
            part => part,
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Entries of what was done; that something was looked at is none of them.
    fn done(&self) -> usize {
        let entries = self.lab.entries(&self.member);
        let looked = |kind| {
            matches!(
                kind,
                EntryKind::AccessToLog | EntryKind::Combination | EntryKind::Consultation
            )
        };
        let done = entries.iter().filter(|leaf| !looked(leaf.entry.kind));
        done.count()
    }

    /// A number of a form that was made for this browser.
    async fn nonce(browser: &Browser) -> String {
        let page = browser.open("/account/password").await;
        page.field("nonce").unwrap()
    }
}

/// What every answer is, whatever it says.
fn is_safe(page: &Page, at: &str) {
    assert!(!page.status.is_server_error(), "{at}: {}", page.words());
    let policy = &page.headers["content-security-policy"];
    assert!(policy.starts_with("default-src 'none'"), "{at}");
    assert_eq!(page.headers["cache-control"], "no-store", "{at}");
    assert_eq!(page.headers["x-content-type-options"], "nosniff", "{at}");
    assert_eq!(page.headers["referrer-policy"], "same-origin", "{at}");
    if page
        .headers
        .get("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"))
    {
        assert_eq!(page.html.matches("<h1").count(), 1, "{at}: {}", page.html);
        for raw in RAW {
            assert!(!page.html.contains(raw), "{at} writes {raw} as it came");
        }
    } else {
        assert!(
            !page.status.is_client_error(),
            "{at}: an error without a page"
        );
    }
}

async fn rejects_posts_of_other_sites(desks: &Desks<'_>) {
    let before = desks.done();
    let numbers = desks.numbers().await;
    for rule in desks.posts() {
        let ((who, browser), path) = (desks.somebody(rule), desks.filled(rule));
        // None is spent, so that one is good for all.
        let fields = [("nonce", numbers[who].as_str())];
        let answers = [
            browser.post(&path, &fields, "cross-site").await,
            browser.post(&path, &fields, "same-site").await,
            browser
                .post_from("https://evil.example", &path, &fields)
                .await,
            browser.post_from("null", &path, &fields).await,
        ];
        for page in answers {
            assert_eq!(page.status.as_u16(), 403, "{}", rule.path);
            is_safe(&page, rule.path);
        }
    }
    assert_eq!(desks.done(), before, "something was done");
}

async fn does_nothing_without_a_number_of_its_own(desks: &Desks<'_>) {
    let before = desks.done();
    let spent = desks.numbers().await;
    for ((_, browser), number) in desks.people.iter().zip(&spent) {
        let others = [("session", "none"), ("nonce", number.as_str())];
        browser
            .post("/account/sessions", &others, "same-origin")
            .await;
    }
    for rule in desks.posts().filter(|rule| rule.who != Who::Anyone) {
        let ((who, browser), path) = (desks.somebody(rule), desks.filled(rule));
        for nonce in [None, Some("forged"), Some(spent[who].as_str())] {
            let fields: Vec<_> = nonce.map(|nonce| ("nonce", nonce)).into_iter().collect();
            let page = browser.post(&path, &fields, "same-origin").await;
            is_safe(&page, rule.path);
        }
    }
    assert_eq!(desks.done(), before, "something was done");
}

/// Opens what one person can reach from their first page, and gives the forms they meet.
async fn met(desks: &Desks<'_>, browser: &Browser) -> Vec<Form> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
    let mut ahead = VecDeque::from(["/".to_owned()]);
    while let Some(path) = ahead.pop_front() {
        if seen.len() >= PAGES_MOST || !seen.insert(path.clone()) {
            continue;
        }
        let alike = shapes.entry(crawl::shape(&path, &desks.rules)).or_default();
        *alike += 1;
        if *alike > ALIKE_MOST {
            seen.remove(&path);
            continue;
        }
        let page = browser.open(&path).await;
        is_safe(&page, &path);
        ahead.extend(page.to.clone());
        ahead.extend(links(&page));
        found.extend(forms(&page));
    }
    found
}

/// Sends a form with bad text wherever something can be typed; a second time it must not be taken.
async fn send(desks: &Desks<'_>, browser: &Browser, form: &Form, numbers: bool) {
    let fields = form.filled(BAD, numbers);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let page = browser.post(&form.action, &fields, "same-origin").await;
    is_safe(&page, &form.action);
    if let Some(to) = &page.to {
        is_safe(&browser.open(to).await, to);
    }
    let done = desks.done();
    let again = browser.post(&form.action, &fields, "same-origin").await;
    is_safe(&again, &form.action);
    assert_eq!(desks.done(), done, "{} was done twice", form.action);
}

async fn takes_nothing_that_is_typed_for_mark_up(desks: &Desks<'_>) -> BTreeSet<&'static str> {
    let (mut tried, mut names) = (BTreeSet::new(), BTreeSet::new());
    for numbers in [false, true] {
        for (person, browser) in &desks.people {
            for form in met(desks, browser).await {
                names.extend(form.names());
                let rule = desks
                    .posts()
                    .find(|rule| crawl::is_at(rule.path, &form.action));
                let rule = rule.unwrap_or_else(|| panic!("no door for {}", form.action));
                let may = rule.who != Who::Anyone && rule.who.admits(Some(person));
                if may && tried.insert((rule.path, numbers)) {
                    send(desks, browser, &form, numbers).await;
                }
            }
        }
    }
    // Forms that nobody met, since nothing stands for them to be sent about: every name that any form
    // has, so that none is forgotten.
    let long = BAD.repeat(10_240 / BAD.len() + 1);
    for rule in desks.posts() {
        let ((_, browser), path) = (desks.somebody(rule), desks.filled(rule));
        let leaves = rule.path == "/sign-out";
        for typed in [BAD, long.as_str()].into_iter().filter(|_| !leaves) {
            let nonce = Desks::nonce(browser).await;
            let all = names.iter().filter(|name| *name != "nonce");
            let mut fields: Vec<_> = all.map(|name| (name.as_str(), typed)).collect();
            fields.push(("nonce", &nonce));
            let page = browser.post(&path, &fields, "same-origin").await;
            is_safe(&page, rule.path);
        }
    }
    for (_, browser) in &desks.people {
        met(desks, browser).await;
    }
    tried.iter().map(|(path, _)| *path).collect()
}

/// The doors whose forms were met with what stands in them.
async fn sweep(desks: &Desks<'_>) -> BTreeSet<&'static str> {
    rejects_posts_of_other_sites(desks).await;
    does_nothing_without_a_number_of_its_own(desks).await;
    takes_nothing_that_is_typed_for_mark_up(desks).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_of_the_hub_takes_what_it_should_not() {
    let (mut lab, _, _) = crate::pages_hub::asked("MASH-2026-30077").await;
    let member = MemberId::new(HUB).unwrap();
    let doors = hub::doors();

    let met = sweep(&Desks::of(&lab, member, doors.rules(), "MASH-2026-30077")).await;

    assert!(
        met.len() >= HUB_FORMS,
        "only {} were met: {met:?}",
        met.len()
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_of_an_agency_takes_what_it_should_not() {
    let (mut lab, _raw, enquiry) = crate::pages_agency::asked().await;
    let doors = agency::doors();
    let member = member(Kind::Police).unwrap();
    let case: &'static str = enquiry.case.as_str().to_owned().leak();
    let desks = Desks::of(&lab, member, doors.rules(), case);

    let mut forms: BTreeSet<&str> = live::day(&desks).await.into_iter().collect();
    forms.extend(sweep(&desks).await);

    assert!(
        forms.len() >= AGENCY_FORMS,
        "only {} were met: {forms:?}",
        forms.len()
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_when_the_glass_is_broken_stays_text() {
    use crate::break_glass::{OUTSIDER, browser, lab, waiting};

    let mut lab = lab("[break_glass]\n").await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &harness::tale("red"));
    raw.ask(Kind::Police, &enquiry).await;
    let id = waiting(&lab).await.first().expect("something waits").0;
    let (outsider, lead) = (
        browser(&lab, OUTSIDER),
        lab.browser(&member(Kind::Police).unwrap(), LEAD),
    );
    let at = format!("/break-glass/{id}");
    let steps = [
        (&outsider, at.clone(), at.clone()),
        (&outsider, at.clone(), format!("{at}/release")),
        (&lead, format!("{at}/review"), format!("{at}/review")),
    ];

    for (browser, at, to) in steps {
        let form = browser.open(&at).await;
        is_safe(&form, &at);
        let typed = [
            ("ground", "immediate_danger"),
            ("finding", "justified"),
            ("reason", BAD),
        ];
        let sent = browser.send(&form, &to, &typed).await;
        assert_eq!(sent.status.as_u16(), 303, "{to}: {}", sent.words());
        let shown = browser.open(sent.to.as_deref().unwrap()).await;
        is_safe(&shown, &to);
    }
    let review = lead.open(&format!("{at}/review")).await;
    is_safe(&review, &at);
    assert!(
        review.says("<script>"),
        "why stands there: {}",
        review.words()
    );
    lab.stop().await;
}
