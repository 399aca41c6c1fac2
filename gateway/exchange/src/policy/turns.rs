//! Questions that take long are put a few at a time, away from the threads that answer hubs: however
//! many officers ask, enquiries and the changing of a policy go on.

use tokio::sync::Semaphore;

use super::propose::apart;
use crate::error::ExchangeError;

/// Long questions worked on at once in this process; more of them wait.
const AT_ONCE: usize = 2;

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);

/// Runs heavy work on a thread of its own once there is a place. Who stops waiting starts nothing; work
/// that was begun keeps its place until it ends.
pub(crate) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ExchangeError> {
    let place = PLACES.acquire().await;
    let place = place.map_err(|_| ExchangeError::Stored("policy"))?;
    apart(move || {
        let done = work();
        drop(place);
        done
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn however_many_ask_only_a_few_are_worked_on_at_once_and_all_are_answered() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let asked: Vec<_> = (0..12)
            .map(|n| {
                let (now, most) = (Arc::clone(&now), Arc::clone(&most));
                tokio::spawn(in_turn(move || {
                    let working = now.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(working, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(5));
                    now.fetch_sub(1, Ordering::SeqCst);
                    n
                }))
            })
            .collect();

        let mut answers = Vec::new();
        for one in asked {
            answers.push(one.await.unwrap().unwrap());
        }

        assert_eq!(answers, (0..12).collect::<Vec<_>>());
        assert!(most.load(Ordering::SeqCst) <= AT_ONCE);
    }

    #[tokio::test]
    async fn work_that_breaks_off_gives_its_place_back() {
        for _ in 0..=AT_ONCE {
            let broken = in_turn(|| -> () { std::panic::resume_unwind(Box::new("broken")) });
            assert!(broken.await.is_err());
        }

        assert_eq!(in_turn(|| 7).await.unwrap(), 7);
    }
}
