//! `kill -9`: at chosen changes (before, after, in the middle of a write) and at random moments.

use std::time::Duration;

use crate::book::Broken;
use crate::campaign::{Campaign, Row, Violation, check, ended_well};
use crate::dice::Dice;
use crate::shim::{Fault, Plan, When};

/// Kills one store lives through.
const LIVES: u64 = 10;

/// A kill at a change: often while opening, mostly later.
pub fn at_a_change(dice: &mut Dice) -> Fault {
    let change = if dice.once_in(4) {
        dice.within(1..40)
    } else {
        dice.within(40..500)
    };
    Fault::Kill(
        change,
        dice.of_these(&[When::Before, When::Half, When::After]),
    )
}

/// Runs the rounds.
///
/// # Errors
///
/// The first promise that does not hold.
pub fn run(campaign: &Campaign, rounds: u64) -> Result<Row, Violation> {
    campaign.lives(Row::of("kill -9"), rounds, |scene, book, dice, row| {
        for round in 0..LIVES {
            let (plan, after) = if dice.once_in(3) {
                let moment = Duration::from_millis(dice.within(1..200));
                (Plan::default(), Some(moment))
            } else {
                (Plan::of(at_a_change(dice)), None)
            };
            let ran = scene.run(&plan, after, &[]);
            ended_well(&ran, false)?;
            book.read(ran.run, &ran.said);
            row.rounds += 1;
            // Now and then the next worker, and its kill, meet what this one left.
            if round + 1 == LIVES || !dice.once_in(4) {
                check(scene, book, row).map_err(|words| -> Broken {
                    format!("after round {round} of its life ({plan:?}): {words}")
                })?;
            }
        }
        Ok(())
    })
}
