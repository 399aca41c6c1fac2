//! Tests only: holds flushes, one by one, lets them succeed or fail, and breaks threads.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the line tells a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A group is ready, and waits for the disk if that is taken.
    Prepared,
    /// A group needs a new segment, and waits for the disk if that is taken.
    Segment,
    /// A frame is written, and not flushed yet.
    Written,
    /// The flush of a written frame goes on.
    Flushing,
    /// A flushed frame is shown to readers, and nobody has an answer yet.
    Shown,
}

/// In the store; passes everything unless a test holds it.
#[derive(Default)]
pub(crate) struct Gate {
    say: Mutex<Option<Sender<Step>>>,
    /// Held while a flush waits: there is one at a time.
    verdicts: Mutex<Option<Receiver<io::Result<()>>>>,
    /// The thread that comes to this step next breaks there.
    breaks: Mutex<Option<Step>>,
}

/// In the test. Dropping it lets everything pass.
pub(crate) struct Hold {
    pub(crate) steps: Receiver<Step>,
    pub(crate) verdicts: Sender<io::Result<()>>,
}

impl Gate {
    /// From here on every flush waits for a verdict.
    pub(crate) fn hold(&self) -> Hold {
        let ((say, steps), (verdicts, take)) = (channel(), channel());
        *lock(&self.say) = Some(say);
        *lock(&self.verdicts) = Some(take);
        Hold { steps, verdicts }
    }

    /// The next thread that comes to `step` panics there.
    pub(crate) fn break_at(&self, step: Step) {
        *lock(&self.breaks) = Some(step);
    }

    pub(super) fn say(&self, step: Step) {
        if let Some(say) = &*lock(&self.say) {
            let _ = say.send(step);
        }
        let breaks = lock(&self.breaks).take_if(|breaks| *breaks == step);
        assert_eq!(breaks, None, "a test breaks this thread");
    }

    /// Waits for the verdict on the flush that is due.
    pub(super) fn wait(&self) -> io::Result<()> {
        self.say(Step::Written);
        let verdict = match &*lock(&self.verdicts) {
            Some(verdicts) => verdicts.recv().unwrap_or(Ok(())),
            None => Ok(()),
        };
        self.say(Step::Flushing);
        verdict
    }
}

fn lock<T>(place: &Mutex<T>) -> MutexGuard<'_, T> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}
