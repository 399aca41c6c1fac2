use super::*;

#[test]
fn the_median_and_the_worst_are_laps_that_were_measured() {
    let mut laps = figures::Laps::default();
    laps.extend((1..=100).map(std::time::Duration::from_millis));

    assert_eq!(figures::millis(laps.percentile(50)), "50.00");
    assert_eq!(figures::millis(laps.percentile(99)), "99.00");
    assert_eq!(figures::millis(laps.percentile(100)), "100.00");
}

#[test]
fn no_laps_are_no_time() {
    assert_eq!(
        figures::millis(figures::Laps::default().percentile(99)),
        "0.00"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_rounds_and_people_out_of_bounds() {
    let place = || Place { dir: None };
    let too_few = Bench::Fanout(Fanout {
        place: place(),
        people: 49,
        rounds: 1,
    });
    let too_many = Bench::Enquiry(Enquiry {
        place: place(),
        people: 50,
        rounds: 1_001,
        postgres: None,
        grow: GrowEnquiry::default(),
    });

    assert_eq!(
        run(too_few).await.unwrap_err().to_string(),
        "`--people` is 49; it must be 50 to 200000"
    );
    assert_eq!(
        run(too_many).await.unwrap_err().to_string(),
        "`--rounds` is 1001; it must be 1 to 1000"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_dials_is_measured_beside_one_that_is_called() {
    let bench = Bench::DialOut(DialOut {
        place: Place { dir: None },
        people: 50,
        rounds: 1,
    });

    run(bench).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_measured_enquiry_is_answered_recorded_and_checked() {
    let bench = Bench::Enquiry(Enquiry {
        place: Place { dir: None },
        people: 200,
        rounds: 2,
        postgres: None,
        grow: GrowEnquiry::default(),
    });

    run(bench).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_refuses_sizes_and_seconds_out_of_bounds() {
    let bench = |sizes: &[u32], seconds| {
        Bench::Ledger(Ledger {
            place: Place { dir: None },
            sizes: sizes.to_vec(),
            seconds,
            plot: None,
        })
    };

    for sizes in [&[2_000, 1_000][..], &[999], &[1_000, 1_000]] {
        assert_eq!(
            run(bench(sizes, 0)).await.unwrap_err().to_string(),
            "`--sizes` must be ascending and each 1000 to 100000000"
        );
    }
    assert!(run(bench(&[1_000], 601)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_measures_a_small_one_and_draws_it() {
    let dir = tempfile::tempdir().unwrap();
    let plot = dir.path().join("growth.svg");
    let bench = Ledger {
        place: Place {
            dir: Some(dir.path().to_owned()),
        },
        sizes: vec![1_500, 3_000],
        seconds: 0,
        plot: Some(plot.clone()),
    };

    run(Bench::Ledger(bench)).await.unwrap();

    let drawn = std::fs::read_to_string(plot).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.trim_end().ends_with("</svg>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_measures_a_small_agency_and_finds_whom_it_holds() {
    let bench = Bench::Presence(Presence {
        people: 1_000,
        members: vec![1_000],
        rounds: 1,
    });

    run(bench).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_refuses_people_members_and_rounds_out_of_bounds() {
    for (people, members, rounds, name) in [
        (999, 1_000, 1, "`--people`"),
        (1_000, 50_000_001, 1, "`--members`"),
        (1_000, 1_000, 0, "`--rounds`"),
    ] {
        let bench = Bench::Presence(Presence {
            people,
            members: vec![members],
            rounds,
        });

        let refusal = run(bench).await.unwrap_err().to_string();

        assert!(refusal.starts_with(name), "{refusal}");
    }
}

fn matching(people: &[u32], queries: u32) -> Matching {
    Matching {
        place: Place { dir: None },
        people: people.to_vec(),
        queries,
        source: matching::From::Sqlite,
        postgres: None,
        write: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn matching_refuses_people_and_queries_out_of_bounds_and_a_server_without_address() {
    let refused = async |bench| run(Bench::Matching(bench)).await.unwrap_err().to_string();

    assert_eq!(
        refused(matching(&[999], 100)).await,
        "`--people` is 999; it must be 1000 to 10000000"
    );
    assert_eq!(
        refused(matching(&[1_000], 99)).await,
        "`--queries` is 99; it must be 100 to 100000"
    );
    let unaddressed = Matching {
        source: matching::From::Postgres,
        ..matching(&[1_000], 100)
    };
    assert_eq!(
        refused(unaddressed).await,
        "`--source postgres` needs `--postgres`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn matching_measures_a_small_town_and_writes_it_down() {
    let dir = tempfile::tempdir().unwrap();
    for source in [matching::From::Memory, matching::From::Sqlite] {
        let bench = Matching {
            place: Place {
                dir: Some(dir.path().to_owned()),
            },
            source,
            write: Some(dir.path().join("tables")),
            ..matching(&[1_500], 100)
        };

        run(Bench::Matching(bench)).await.unwrap();
    }

    let lines = |name: &str| {
        let text = std::fs::read_to_string(dir.path().join("tables").join(name)).unwrap();
        let columns: Vec<usize> = text.lines().map(|line| line.split(',').count()).collect();
        assert!(columns.iter().all(|count| *count == 13), "{name}");
        columns.len()
    };
    assert_eq!(lines("people.csv"), 1_501);
    assert!(lines("queries.csv") > 100);
}

fn pages(cases: usize, people: usize) -> Pages {
    Pages {
        place: Place { dir: None },
        cases,
        people,
        seconds: 1,
        rest_ms: 200,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_measures_a_small_hub_and_every_answer_is_the_page() {
    run(Bench::Pages(pages(3, 2))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_refuses_cases_and_people_out_of_bounds() {
    for (bench, name) in [
        (pages(0, 2), "`--cases`"),
        (pages(100_000, 2), "`--cases`"),
        (pages(1, 201), "`--people`"),
    ] {
        let refusal = run(Bench::Pages(bench)).await.unwrap_err().to_string();

        assert!(refusal.starts_with(name), "{refusal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_are_made_with_an_empty_list_and_with_a_long_one() {
    let bench = Handshake {
        place: Place { dir: None },
        revoked: 500,
        rounds: 1,
    };

    run(Bench::Handshake(bench)).await.unwrap();
}

fn product(rounds: usize, slow_ms: u64) -> Bench {
    Bench::ProductOfTheRest(ProductOfTheRest {
        place: Place { dir: None },
        people: 50,
        rounds,
        slow_ms,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_product_of_six_agencies_waits_for_neither_the_dead_one_nor_the_slow_one() {
    // As slow as may be: the answer that is not waited for must not come by itself meanwhile.
    run(product(1, 10_000)).await.unwrap();
}

fn reload(together: usize, seconds: u64) -> Bench {
    Bench::Reload(Reload {
        place: Place { dir: None },
        people: 50,
        together,
        seconds,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_enquiry_fails_while_directory_list_and_rules_change() {
    run(reload(4, 3)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_is_out_of_bounds_under_load_and_in_growth() {
    let handshake = Bench::Handshake(Handshake {
        place: Place { dir: None },
        revoked: 0,
        rounds: 1,
    });
    let grown = Bench::Enquiry(Enquiry {
        place: Place { dir: None },
        people: 50,
        rounds: 1,
        postgres: None,
        grow: GrowEnquiry {
            hubs: vec![1, 65],
            ..GrowEnquiry::default()
        },
    });
    for (bench, name) in [
        (handshake, "`--revoked`"),
        (product(0, 1), "`--rounds`"),
        (product(1, 10_001), "`--slow-ms`"),
        (reload(65, 1), "`--together`"),
        (reload(1, 601), "`--seconds`"),
        (grown, "`--hubs`"),
    ] {
        let refusal = run(bench).await.unwrap_err().to_string();

        assert!(refusal.starts_with(name), "{refusal}");
    }
}
