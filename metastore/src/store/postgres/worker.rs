//! A connection on a thread of its own: the client may not be called on a thread that runs asynchronous tasks.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, Row, Statement};

use super::address::Address;
use crate::store::sql::connection::{Next, Value};
use crate::store::sql::fault::{Attempt, Fault};

/// So many statements are kept prepared.
const MAX_PREPARED: usize = 256;
/// So many rows go from the connection's thread to the caller's at a time.
const ROWS_AT_ONCE: usize = 256;

type Values = Vec<Value<'static>>;

/// What a connection is to do.
enum Job {
    Batch { sql: String, answer: Sender<Attempt<()>> },
    Execute { sql: String, values: Values, answer: Sender<Attempt<u64>> },
    Query { sql: String, values: Values, handover: Handover, rows: SyncSender<Attempt<Vec<Row>>> },
}

/// How the rows of a query come to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handover {
    /// Some at a time, so that there are never many: for what is read once, and perhaps not to its end. The client enters
    /// its runtime for each row.
    AsTheyCome,
    /// All at once, for a caller that keeps them all. The client enters its runtime once.
    Together,
}

/// The caller's end of a connection. The connection closes when this is dropped.
#[derive(Debug)]
pub(super) struct Worker {
    jobs: Sender<Job>,
}

impl Worker {
    /// Connects.
    pub(super) fn start(address: &Address, settings: String) -> Attempt<Self> {
        let (jobs, queue) = channel();
        let (ready, connected) = channel();
        let address = address.clone();
        let run = move || {
            let client = address.connect().and_then(|mut client| {
                client.batch_execute(&settings).map_err(fault_of)?;
                Ok(client)
            });
            match client {
                Ok(client) => {
                    if ready.send(Ok(())).is_ok() {
                        work(client, &queue);
                    }
                }
                // Nobody listens where the caller is gone.
                Err(fault) => drop(ready.send(Err(fault))),
            }
        };
        std::thread::Builder::new()
            .name("skep-postgresql".to_string())
            .spawn(run)
            .map_err(|e| Fault::Database(format!("no thread for a connection: {e}")))?;
        connected.recv().map_err(|_| gone())??;
        Ok(Self { jobs })
    }

    /// Runs statements without parameters.
    pub(super) fn batch(&self, sql: &str) -> Attempt<()> {
        let (answer, done) = channel();
        self.jobs.send(Job::Batch { sql: sql.to_string(), answer }).map_err(|_| gone())?;
        done.recv().map_err(|_| gone())?
    }

    /// Runs a statement; returns how many rows it changed.
    pub(super) fn execute(&self, sql: String, values: Values) -> Attempt<u64> {
        let (answer, done) = channel();
        self.jobs.send(Job::Execute { sql, values, answer }).map_err(|_| gone())?;
        done.recv().map_err(|_| gone())?
    }

    /// Runs a query and hands over its rows.
    pub(super) fn query(
        &self,
        sql: String,
        values: Values,
        handover: Handover,
        mut each: impl FnMut(&Row) -> Attempt<Next>,
    ) -> Attempt<()> {
        let (rows, answers) = sync_channel(2);
        self.jobs.send(Job::Query { sql, values, handover, rows }).map_err(|_| gone())?;
        loop {
            let batch = answers.recv().map_err(|_| gone())??;
            if batch.is_empty() {
                return Ok(());
            }
            for row in &batch {
                if each(row)? == Next::Stop {
                    return Ok(());
                }
            }
        }
    }
}

fn gone() -> Fault {
    Fault::Lost("the thread of the connection has ended".to_string())
}

/// What a database's error means.
pub(super) fn fault_of(error: postgres::Error) -> Fault {
    let Some(database) = error.as_db_error() else {
        let text = with_causes(&error);
        return if error.is_closed() || is_about_io(&error) { Fault::Lost(text) } else { Fault::Database(text) };
    };
    let text = match database.detail() {
        Some(detail) => format!("{}: {detail}", database.message()),
        None => database.message().to_string(),
    };
    let code = database.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        Fault::Conflict(text)
    } else if *code == SqlState::LOCK_NOT_AVAILABLE {
        Fault::Busy
    } else if code.code().starts_with("57P") || code.code().starts_with("08") {
        Fault::Lost(text)
    } else {
        Fault::Database(format!("{text} (PostgreSQL {})", code.code()))
    }
}

fn is_about_io(error: &postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.is::<std::io::Error>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// An error and what caused it.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = inner.source();
    }
    text
}

/// Does the jobs until there is nobody who could give any. An answer that nobody waits for is dropped.
fn work(mut client: Client, queue: &Receiver<Job>) {
    let mut prepared = Prepared::default();
    while let Ok(job) = queue.recv() {
        match job {
            Job::Batch { sql, answer } => drop(answer.send(client.batch_execute(&sql).map_err(fault_of))),
            Job::Execute { sql, values, answer } => {
                drop(answer.send(prepared.get(&mut client, sql).and_then(|statement| {
                    let parameters: Vec<_> = values.iter().map(|v| v as _).collect();
                    client.execute(&statement, &parameters).map_err(fault_of)
                })));
            }
            Job::Query { sql, values, handover, rows } => {
                let outcome = prepared.get(&mut client, sql).and_then(|statement| match handover {
                    Handover::AsTheyCome => send_rows(&mut client, &statement, &values, &rows),
                    Handover::Together => send_all(&mut client, &statement, &values, &rows),
                });
                // The empty batch is the end.
                drop(rows.send(outcome.map(|()| vec![])));
            }
        }
    }
}

fn send_all(
    client: &mut Client,
    statement: &Statement,
    values: &Values,
    to: &SyncSender<Attempt<Vec<Row>>>,
) -> Attempt<()> {
    let parameters: Vec<_> = values.iter().map(|v| v as _).collect();
    let rows = client.query(statement, &parameters).map_err(fault_of)?;
    if !rows.is_empty() {
        // Nobody listens where the caller is gone.
        drop(to.send(Ok(rows)));
    }
    Ok(())
}

fn send_rows(
    client: &mut Client,
    statement: &Statement,
    values: &Values,
    to: &SyncSender<Attempt<Vec<Row>>>,
) -> Attempt<()> {
    let mut rows = client.query_raw(statement, values).map_err(fault_of)?;
    let mut batch = Vec::new();
    while let Some(row) = rows.next().map_err(fault_of)? {
        batch.push(row);
        if batch.len() == ROWS_AT_ONCE && to.send(Ok(std::mem::take(&mut batch))).is_err() {
            return Ok(()); // no more rows are wanted
        }
    }
    if !batch.is_empty() {
        drop(to.send(Ok(batch)));
    }
    Ok(())
}

/// The statements that the server has prepared.
#[derive(Default)]
struct Prepared {
    statements: HashMap<String, Statement>,
}

impl Prepared {
    fn get(&mut self, client: &mut Client, sql: String) -> Attempt<Statement> {
        if let Some(statement) = self.statements.get(&sql) {
            return Ok(statement.clone());
        }
        let statement = client.prepare(&sql).map_err(fault_of)?;
        if self.statements.len() >= MAX_PREPARED {
            self.statements.clear();
        }
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}
