//! From command to exit code.

use std::fmt;
use std::process::ExitCode;

use crate::args::{Args, Command};
use crate::output;

/// Why a command failed, for a person to read.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a gateway ends with that did not start because of a hardware token's PIN. The services are not
/// started again after it: each try brings a token nearer to locking itself.
const PIN: u8 = 77;

/// Why a token's PIN kept a gateway from starting.
#[derive(Debug)]
pub(crate) struct PinFailure(pub(crate) String);

impl fmt::Display for PinFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PinFailure {}

/// Runs the command: 0 when it did what was asked, 1 when not, 77 when a person must see to a PIN first.
pub fn run(args: Args) -> ExitCode {
    match dispatch(args.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let code = code(&failure);
            output::problem(failure);
            code
        }
    }
}

fn code(failure: &Failure) -> ExitCode {
    if failure.is::<PinFailure>() {
        ExitCode::from(PIN)
    } else {
        ExitCode::FAILURE
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Account(command) => block_on(crate::account::run(command)),
        Command::Agency(serve) => match serve.task {
            Some(task) => block_on(crate::agency::run(task)),
            None => block_on(crate::gateway::serve_agency(&serve)),
        },
        Command::Approvals(command) => block_on(crate::approvals::run(command)),
        Command::Backup(command) => crate::backup::run(command),
        Command::Bench(command) => block_on(crate::bench::run(command)),
        Command::Ca(command) => crate::ca::run(command),
        Command::Case(command) => block_on(crate::case::run(command)),
        Command::Completions(asked) => crate::pages::complete(&asked),
        Command::Demo(demo) => block_on(crate::demo::run(demo)),
        Command::Directory(command) => crate::directory::run(command),
        Command::Doctor(doctor) => block_on(crate::doctor::run(doctor)),
        Command::Hub(serve) => block_on(crate::gateway::serve_hub(&serve.config)),
        Command::Init(init) => crate::init::run(&init),
        Command::Keys(command) => crate::keys::run(command),
        Command::Ledger(command) => block_on(crate::ledger::run(command)),
        Command::Man(asked) => crate::pages::man(&asked),
        Command::Policy(command) => crate::policy::run(command),
        Command::Source(command) => block_on(crate::source::run(command)),
        Command::Store(command) => crate::store::run(command),
    }
}

/// Waits for a command that asks a gateway.
pub(crate) fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
