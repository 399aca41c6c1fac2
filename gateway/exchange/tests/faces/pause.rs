//! A clock that can be stopped, to look at what goes on in the middle of a step.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use stile_exchange::clock::Clock;

use crate::gateways::now;

/// The agency's clock, which can be stopped in the middle of a step.
#[derive(Clone, Default)]
pub struct Pause(Arc<Mutex<Option<Stop>>>);

/// Whoever reads the clock after `skip` others says so, and waits to be let on.
struct Stop {
    skip: usize,
    reached: Sender<()>,
    on: Receiver<()>,
}

impl Pause {
    /// Stops whoever reads the clock after `skip` others: they are there when the first end gets
    /// something, and go on when the second sends or is dropped.
    pub fn after(&self, skip: usize) -> (Receiver<()>, Sender<()>) {
        let ((reached, there), (let_on, on)) = (channel(), channel());
        *self.0.lock().unwrap() = Some(Stop { skip, reached, on });
        (there, let_on)
    }

    /// The clock that this stops.
    pub fn clock(&self) -> Clock {
        let pause = self.clone();
        Clock::new(move || {
            if let Some(stop) = pause.mine() {
                stop.reached.send(()).unwrap();
                // An end that was dropped lets on, too.
                let _ = stop.on.recv();
            }
            now()
        })
    }

    fn mine(&self) -> Option<Stop> {
        let mut held = self.0.lock().unwrap();
        let mut stop = held.take()?;
        if stop.skip == 0 {
            return Some(stop);
        }
        stop.skip -= 1;
        *held = Some(stop);
        None
    }
}
