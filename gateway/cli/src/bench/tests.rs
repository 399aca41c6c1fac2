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
async fn every_measured_enquiry_is_answered_recorded_and_checked() {
    let bench = Bench::Enquiry(Enquiry {
        place: Place { dir: None },
        people: 200,
        rounds: 2,
    });

    run(bench).await.unwrap();
}
