//! What an agency sees of a blind check is the same whoever is meant and whether or not it knows them.
//!
//! Checks of people whom the agency holds and of people whom it does not, in random order, go from a
//! real hub to a real agency. What the agency keeps of them and what passes on the wire is then put
//! to two-sample tests, each of which would wrongly fail once in a million runs. The same tests catch
//! a hub that leaks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harness::blind::{check, is_checked, offer, request};
use harness::papers::change_directory;
use harness::tap::{Passed, Tap, Way};
use harness::{Caller, Door, Lab, Matter, RawHub, tale};
use hyper::{Method, StatusCode};
use serde_json::json;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{AUDITOR, HUB, RESEARCHER, member};
use stile_cli::demo::world::{Held, Kind, World};
use stile_exchange::audit::Shown;
use stile_exchange::clock::Clock;
use stile_exchange::hub::PresenceStatus;
use stile_exchange::random::enquiry_id;
use stile_ledger::EntryKind;
use stile_linkage::NORMALISER_VERSION;
use stile_linkage::presence::{Context, ELEMENTS, RECIPE_VERSION, blind, keys_of_subject};
use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};
use stile_model::presence::{Element, PRESENCE_TYP, PresenceForm, PresenceRequest};
use stile_model::subject::{Address, Born, Name, NameKind, Subject};
use stile_trust::jws;

const KIND: Kind = Kind::SocialCare;
/// Checks of people who are held, and as many of people who are not.
const CHECKS: usize = 100;
/// The same for a hub that leaks.
const LEAKS: usize = 40;
/// Quantile of the normal distribution above which lies one part in a million.
const MILLIONTH: f64 = 4.753_424;

/// What an agency has of one check.
struct View {
    known: bool,
    jws: String,
    /// Milliseconds from the order to the request's first bytes.
    sent: f64,
    /// Milliseconds from the request's first bytes to the answer's last.
    answered: f64,
    bytes_in: f64,
    bytes_out: f64,
    /// Bytes both ways from the answer to the next order.
    after: f64,
}

/// Why checks of the two kinds can be told apart; `None` when they cannot.
fn told_apart(views: &[View]) -> Option<String> {
    let requests: Vec<_> = views.iter().map(|view| request(&view.jws)).collect();
    let elements: Vec<Vec<Element>> = requests
        .into_iter()
        .map(|request| match request.form {
            PresenceForm::Blind { elements, .. } => elements,
            PresenceForm::Asked { .. } => Vec::new(),
        })
        .collect();
    if elements.iter().any(|one| one.len() != ELEMENTS) {
        return Some("the number of elements differs".to_owned());
    }
    let lengths: BTreeSet<_> = views.iter().map(|view| view.jws.len()).collect();
    if lengths.len() != 1 {
        return Some(format!("lengths differ: {lengths:?}"));
    }
    let all: Vec<_> = elements
        .iter()
        .flatten()
        .map(|one| one.as_bytes())
        .collect();
    if all.iter().collect::<BTreeSet<_>>().len() != all.len() {
        return Some("an element was sent twice".to_owned());
    }
    let of = |known: bool| {
        let pairs = views.iter().zip(&elements);
        let chosen = pairs.filter(move |(view, _)| view.known == known);
        chosen.flat_map(|(_, elements)| elements.iter().map(|one| *one.as_bytes()))
    };
    bytes_differ(
        &of(true).collect::<Vec<_>>(),
        &of(false).collect::<Vec<_>>(),
    )
    .or_else(|| times_differ(views))
}

/// Chi-square of homogeneity over the values of all bytes, and over every bit.
fn bytes_differ(one: &[[u8; 32]], two: &[[u8; 32]]) -> Option<String> {
    let values = |all: &[[u8; 32]]| {
        let mut counts = vec![0.0; 256];
        for byte in all.iter().flatten() {
            counts[usize::from(*byte)] += 1.0;
        }
        counts
    };
    let (first, second) = (values(one), values(two));
    let statistic = homogeneity(&first, &second);
    if statistic > chi_square_bound(255.0) {
        return Some(format!("bytes differ: chi-square {statistic:.1}"));
    }
    let mut sum = 0.0;
    let mut free = 0.0;
    for bit in 0..256 {
        let ones = |all: &[[u8; 32]]| {
            let set = all
                .iter()
                .filter(|one| one[bit / 8] >> (bit % 8) & 1 == 1)
                .count();
            count(set)
        };
        let (first, second) = (ones(one), ones(two));
        let table = (
            [first, count(one.len()) - first],
            [second, count(two.len()) - second],
        );
        // The encoding leaves two bits at zero in every element.
        if first + second > 0.0 {
            sum += homogeneity(&table.0, &table.1);
            free += 1.0;
        }
    }
    (sum > chi_square_bound(free)).then(|| format!("bits differ: chi-square {sum:.1} of {free}"))
}

fn times_differ(views: &[View]) -> Option<String> {
    let measured = |view: &View| {
        let View {
            sent,
            answered,
            bytes_in,
            bytes_out,
            after,
            ..
        } = *view;
        [sent, answered, bytes_in, bytes_out, after]
    };
    let names = [
        "when requests leave",
        "how long answers take",
        "bytes to the agency",
        "bytes from the agency",
        "bytes after the answer",
    ];
    names.into_iter().enumerate().find_map(|(place, name)| {
        let of = |known: bool| -> Vec<f64> {
            let chosen = views.iter().filter(|view| view.known == known);
            chosen.map(|view| measured(view)[place]).collect()
        };
        let (one, two) = (of(true), of(false));
        let distance = kolmogorov_smirnov(one.clone(), two.clone());
        let (n, m) = (count(one.len()), count(two.len()));
        // Two-sided, one in a million: sqrt(-ln(alpha / 2) / 2).
        let bound = (-(1e-6_f64 / 2.0).ln() / 2.0).sqrt() * ((n + m) / (n * m)).sqrt();
        (distance > bound).then(|| format!("{name} differs: {distance:.3} over {bound:.3}"))
    })
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap())
}

fn homogeneity(one: &[f64], two: &[f64]) -> f64 {
    let (first, second): (f64, f64) = (one.iter().sum(), two.iter().sum());
    let all = first + second;
    one.iter()
        .zip(two)
        .filter(|(a, b)| **a + **b > 0.0)
        .map(|(a, b)| {
            let (left, right) = ((a + b) * first / all, (a + b) * second / all);
            (a - left).powi(2) / left + (b - right).powi(2) / right
        })
        .sum()
}

/// The value that chi-square with `free` degrees of freedom exceeds once in a million (Wilson and
/// Hilferty).
fn chi_square_bound(free: f64) -> f64 {
    let part = 2.0 / (9.0 * free);
    free * (1.0 - part + MILLIONTH * part.sqrt()).powi(3)
}

/// The largest distance between the two samples' distributions.
fn kolmogorov_smirnov(mut one: Vec<f64>, mut two: Vec<f64>) -> f64 {
    one.sort_by(f64::total_cmp);
    two.sort_by(f64::total_cmp);
    let below = |all: &[f64], value: f64| {
        count(all.partition_point(|other| *other <= value)) / count(all.len())
    };
    one.iter()
        .chain(&two)
        .map(|value| (below(&one, *value) - below(&two, *value)).abs())
        .fold(0.0, f64::max)
}

/// A small generator of our own, so that a run can be repeated.
struct Order(u64);

impl Order {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn bytes(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| u8::try_from(self.below(256)).unwrap())
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for end in (1..all.len()).rev() {
            all.swap(end, self.below(end + 1));
        }
    }
}

fn subject(held: &Held) -> Subject {
    Subject {
        names: vec![Name {
            forenames: held.forename.as_str().into(),
            surname: held.surname.as_str().into(),
            kind: NameKind::Current,
        }],
        born: held.born.map(Born::Exact),
        sex: None,
        addresses: vec![Address {
            line: held.address.as_str().into(),
            postcode: held.postcode.as_str().into(),
        }],
        phones: Vec::new(),
        // The numbers of two worlds are the same ones.
        identifiers: Vec::new(),
        ..tale("red").subjects[0].clone()
    }
}

/// `each` people whom the agency holds and as many whom it does not, drawn alike and shuffled.
fn people(world: &World, each: usize, order: &mut Order) -> Vec<(bool, Subject)> {
    let elsewhere = World::generate_on(
        SEED + 1,
        world.agency(KIND).unwrap().people.len(),
        world.today,
    );
    let of = |world: &World, known: bool| -> Vec<_> {
        let all = world.agency(KIND).unwrap().people.iter();
        let drawn = all.filter(|held| held.who.is_none() && !held.sealed && held.born.is_some());
        drawn
            .take(each)
            .map(|held| (known, subject(held)))
            .collect()
    };
    let mut all = [of(world, true), of(&elsewhere, false)].concat();
    assert_eq!(all.len(), 2 * each, "the worlds are too small");
    order.shuffle(&mut all);
    all
}

/// A lab whose hub reaches its one agency through a tap.
async fn tapped(world: &World) -> (Lab, Tap) {
    let target = Arc::new(Mutex::new(None));
    let tap = Tap::start(Arc::clone(&target)).await;
    let at = tap.address;
    let mut real = None;
    let lab = Lab::start_with(world, &[KIND], |dir| {
        offer(dir, KIND, "blind");
        let own = dir.join(member(KIND).unwrap().as_str()).join("agency.toml");
        let text = std::fs::read_to_string(&own).unwrap();
        let peers = text
            .lines()
            .find_map(|line| line.strip_prefix("peers = \""))
            .unwrap();
        let peers = peers.trim_end_matches('"').to_owned();
        // No grid: what it would hide must not be there to begin with.
        std::fs::write(&own, format!("{text}\n[answer]\nrelease_grid_ms = 0\n")).unwrap();
        change_directory(dir, |text| {
            let seen = text.replace(&format!("https://{peers}"), &format!("https://{at}"));
            assert_ne!(seen, text);
            seen
        });
        let peers = peers.parse().unwrap();
        *target.lock().unwrap() = Some(peers);
        real = Some(peers);
    })
    .await;
    assert_eq!(real, Some(lab.address(&member(KIND).unwrap(), Door::Peers)));
    (lab, tap)
}

/// Waits until the hub holds the agency's set; afterwards it does not look again for long.
async fn ready(lab: &mut Lab) -> Caller {
    let hub = MemberId::new(HUB).unwrap();
    let matter = Matter::of(&tale("red"), "MASH-2026-60000");
    let opened = matter.open(&lab.person(&hub, RESEARCHER)).await;
    assert_eq!(opened.status, StatusCode::CREATED);
    for _ in 0..30 {
        let desk = lab.person(&hub, RESEARCHER);
        let found = check(&desk, &matter.case, "s1").await;
        if found.agencies.iter().all(is_checked) {
            return desk;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        lab.stop_one(&hub).await;
        lab.start_one(&hub).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("the hub never got the set");
}

fn view(known: bool, jws: String, ordered: Instant, passed: &[Passed]) -> View {
    let large = |way: Way| {
        passed
            .iter()
            .filter(move |one| one.way == way && one.bytes >= 1_000)
    };
    let bytes = |way: Way| {
        let of = passed.iter().filter(|one| one.way == way);
        count(of.map(|one| one.bytes).sum())
    };
    let first = large(Way::In).next().unwrap().at;
    let last = large(Way::Out).next_back().unwrap().at;
    let millis = |from: Instant, to: Instant| to.duration_since(from).as_secs_f64() * 1_000.0;
    View {
        known,
        jws,
        sent: millis(ordered, first),
        answered: millis(first, last),
        bytes_in: bytes(Way::In),
        bytes_out: bytes(Way::Out),
        after: 0.0,
    }
}

/// Notes for the newest check what went by since.
fn note_after(views: &mut [View], tap: &Tap) {
    let bytes = tap.passed().iter().map(|one| one.bytes).sum();
    if let Some(last) = views.last_mut() {
        last.after = count(bytes);
    }
}

/// Every request of a case in the agency's ledger, as its auditor sees it.
async fn logged(lab: &Lab) -> BTreeMap<EnquiryId, String> {
    let agency = member(KIND).unwrap();
    let auditor = lab.person(&agency, AUDITOR);
    let mut all = BTreeMap::new();
    for (index, leaf) in lab.entries(&agency).iter().enumerate() {
        if leaf.entry.kind == EntryKind::Presence && leaf.entry.case.is_some() {
            let path = format!("/api/v1/ledger/entries/{index}/show");
            let ask = json!({ "reason": "audit", "open": true });
            let shown: Shown = auditor.taken(&path, &ask).await;
            let body: serde_json::Value =
                serde_json::from_str(shown.body.unwrap().reveal()).unwrap();
            let jws = body["request"].as_str().unwrap().to_owned();
            all.insert(request(&jws).id, jws);
        }
    }
    all
}

fn world() -> World {
    World::generate_on(SEED, 3 * CHECKS, Clock::system().now().date())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_cannot_tell_who_is_asked_about_or_whether_it_knows_them() {
    let world = world();
    let (mut lab, tap) = tapped(&world).await;
    let desk = ready(&mut lab).await;
    let mut order = Order(2026);
    let (mut ids, mut seen) = (Vec::new(), Vec::new());
    let (mut hits, mut misses) = (0, 0);
    for (number, (known, subject)) in people(&world, CHECKS, &mut order).into_iter().enumerate() {
        let mut matter = Matter::of(&tale("red"), &format!("MASH-2026-{}", 61_000 + number));
        matter.opening.subjects = vec![subject];
        assert_eq!(matter.open(&desk).await.status, StatusCode::CREATED);
        note_after(&mut seen, &tap);
        let ordered = Instant::now();
        let found = check(&desk, &matter.case, "s1").await;
        let line = &found.agencies[0];
        assert!(is_checked(line), "{line:?}");
        match (known, line.status) {
            (true, PresenceStatus::Known) => hits += 1,
            (false, PresenceStatus::NoMatch) => misses += 1,
            _ => {}
        }
        ids.push(line.request.unwrap());
        seen.push(view(known, String::new(), ordered, &tap.passed()));
    }
    assert!(
        hits * 10 >= CHECKS * 9,
        "only {hits} of {CHECKS} were known"
    );
    assert!(
        misses * 10 >= CHECKS * 9,
        "only {misses} of {CHECKS} were not"
    );

    let logged = logged(&lab).await;
    let views: Vec<_> = seen
        .into_iter()
        .zip(&ids)
        .map(|(view, id)| View {
            jws: logged[id].clone(),
            ..view
        })
        .collect();
    assert_eq!(told_apart(&views), None);
    lab.stop().await;
}

/// In what a hub gives away that it knows something of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leak {
    /// It works longer before it sends.
    Late,
    /// Elements of one person's request come again in the next.
    Repeats,
    /// Dummies are not drawn like the rest.
    Skewed,
    /// It says more where it knows more.
    Longer,
    /// It fetches something once it has the answer.
    Afterwards,
}

/// Sends a real request that leaks where the person is known; gives what was sent.
async fn leak(lab: &Lab, hub: &RawHub, ask: &Ask<'_>, order: &mut Order) -> String {
    let context = Context {
        agency: member(KIND).unwrap(),
        epoch: ask.epoch,
    };
    let keys = keys_of_subject(ask.subject);
    let (blinded, _) = blind(&keys, &context, &order.bytes()).unwrap();
    let mut elements = blinded.elements;
    if ask.known && ask.leak == Leak::Repeats {
        elements[0] = elements[1];
    }
    if ask.known && ask.leak == Leak::Skewed {
        // Drawn again until they are small, as a careless generator's would be.
        while elements.iter().any(|one| one[0] > 200) {
            let again = blind(&keys, &context, &order.bytes()).unwrap().0.elements;
            for (one, other) in elements.iter_mut().zip(again) {
                if one[0] > 200 {
                    *one = other;
                }
            }
        }
    }
    let now = lab.time.clock().now();
    let story = tale("red");
    let asked = PresenceRequest {
        version: 1,
        id: enquiry_id().unwrap(),
        agency: context.agency,
        hub: hub.me.clone(),
        case_tag: Digest::of(&order.bytes()),
        purpose: story.purpose,
        basis: story.consent,
        issued_at: now,
        expires_at: now.plus_s(600),
        form: PresenceForm::Blind {
            epoch: ask.epoch,
            recipe: RECIPE_VERSION,
            normaliser: NORMALISER_VERSION,
            elements: elements.into_iter().map(Element::from_bytes).collect(),
        },
        pad: String::new(),
    };
    let mut payload = asked.to_padded_json().unwrap();
    if ask.known && ask.leak == Leak::Longer {
        payload.push(b' ');
    }
    if ask.known && ask.leak == Leak::Late {
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let jws = jws::sign(&hub.signing, PRESENCE_TYP, &payload).unwrap();
    let sent = hub
        .call(KIND, Method::POST, "/v1/presence", jws.clone().into_bytes())
        .await
        .unwrap();
    let fits = ask.leak != Leak::Longer || !ask.known;
    assert!(sent.status == StatusCode::OK || !fits, "{:?}", sent.body);
    jws
}

struct Ask<'a> {
    known: bool,
    subject: &'a Subject,
    epoch: u32,
    leak: Leak,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_tests_catch_a_hub_that_leaks() {
    let world = world();
    let (mut lab, tap) = tapped(&world).await;
    ready(&mut lab).await;
    let epoch = match request(logged(&lab).await.values().next().unwrap()).form {
        PresenceForm::Blind { epoch, .. } => epoch,
        PresenceForm::Asked { .. } => panic!("asked by name"),
    };
    let hub = lab.raw_hub();
    let mut order = Order(2027);
    for (leaks, why) in [
        (Leak::Late, "when requests leave differs"),
        (Leak::Repeats, "an element was sent twice"),
        (Leak::Skewed, "differ: chi-square"),
        (Leak::Longer, "lengths differ"),
        (Leak::Afterwards, "bytes after the answer differs"),
    ] {
        let mut views = Vec::new();
        for (known, subject) in people(&world, LEAKS, &mut order) {
            note_after(&mut views, &tap);
            let ordered = Instant::now();
            let ask = Ask {
                known,
                subject: &subject,
                epoch,
                leak: leaks,
            };
            let jws = leak(&lab, &hub, &ask, &mut order).await;
            let passed = tap.passed();
            let answered = passed
                .iter()
                .any(|one| one.way == Way::Out && one.bytes >= 1_000);
            views.push(if answered {
                view(known, jws, ordered, &passed)
            } else {
                View {
                    known,
                    jws,
                    sent: 0.0,
                    answered: 0.0,
                    bytes_in: 0.0,
                    bytes_out: 0.0,
                    after: 0.0,
                }
            });
            if known && leaks == Leak::Afterwards {
                let offer = format!("/v1/presence/offer?purpose={}", tale("red").purpose);
                let looked = hub.call(KIND, Method::GET, &offer, Vec::new()).await;
                assert_eq!(looked.unwrap().status, StatusCode::OK);
            }
        }
        let told = told_apart(&views).unwrap_or_else(|| panic!("{leaks:?} was not caught"));
        assert!(told.contains(why), "{leaks:?}: {told}");
    }
    lab.stop().await;
}

/// The chance that chi-square with an even number of degrees of freedom exceeds `value`: exact.
fn exceeds(value: f64, free: u32) -> f64 {
    let half = value / 2.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..free / 2 {
        term *= half / f64::from(k);
        sum += term;
    }
    (-half).exp() * sum
}

#[test]
fn the_bounds_are_those_of_one_in_a_million() {
    for free in [24, 254, 256] {
        let chance = exceeds(chi_square_bound(f64::from(free)), free);
        assert!((0.5e-6..1.5e-6).contains(&chance), "{free}: {chance}");
    }
    let same: Vec<f64> = (0..20).map(f64::from).collect();
    assert!(kolmogorov_smirnov(same.clone(), same.clone()) < f64::EPSILON);
    let later = same.iter().map(|one| one + 100.0).collect();
    assert!((kolmogorov_smirnov(same, later) - 1.0).abs() < f64::EPSILON);
}
