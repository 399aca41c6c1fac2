//! What may ask a hardware token: one after another, and not waited for without end.

use std::sync::Arc;
use std::time::Duration;

use stile_trust::TrustError;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::ExchangeError;

/// Held by what is under way, also when nobody waits for it any longer.
#[derive(Debug, Default)]
pub(super) struct Asking(Arc<Mutex<()>>);

impl Asking {
    /// Does what blocks, after everything that was begun before it.
    ///
    /// # Errors
    ///
    /// What went wrong, or that it took longer: then it goes on by itself, and nothing more is begun
    /// until it has come back.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        longest: Duration,
        work: impl FnOnce() -> Result<T, TrustError> + Send + 'static,
    ) -> Result<T, ExchangeError> {
        let turn = Arc::clone(&self.0).lock_owned();
        let done = async move {
            let turn = turn.await;
            let work = move || {
                let done = work();
                drop(turn);
                done
            };
            spawn_blocking(work).await
        };
        match timeout(longest, done).await {
            Ok(Ok(done)) => Ok(done?),
            Ok(Err(_)) => Err(ExchangeError::Stored("key")),
            Err(_) => Err(TrustError::TokenHangs.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_token_that_hangs_is_given_up_and_not_asked_again_until_it_comes_back() {
        let asking = Asking::default();
        let (let_go, hung) = mpsc::channel::<()>();

        let hangs = asking.ask(SHORT, move || {
            let _ = hung.recv();
            Ok(())
        });
        let hangs = hangs.await.unwrap_err();
        let meanwhile: Result<(), _> = asking.ask(SHORT, || unreachable!("it still hangs")).await;

        assert!(hangs.to_string().contains("does not answer"), "{hangs}");
        assert!(meanwhile.is_err());
        drop(let_go);
        let again = asking.ask(Duration::from_secs(20), || Ok(7)).await;
        assert_eq!(again.unwrap(), 7);
    }
}
