//! `LOCK`, `UNLOCK`.

use skep_metastore::model::LockMode;

use crate::parser::ast::{Lock, LockTarget, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn lock(&mut self) -> Parsed<Statement> {
        let context = if self.word_at(1, "TABLE") { "lock statement" } else { "lock database statement" };
        self.within(context, |p| {
            let start = p.span();
            p.expect("LOCK")?;
            let target = p.lock_target()?;
            let mode = match p.eat_one_of(&["SHARED", "EXCLUSIVE"]) {
                Some("SHARED") => LockMode::Shared,
                Some(_) => LockMode::Exclusive,
                None => return Err(p.unrecognized()),
            };
            Ok(Statement::Lock(Lock { target, mode, text: p.span_from(start).text(p.text).to_string() }))
        })
    }

    pub(super) fn unlock(&mut self) -> Parsed<Statement> {
        let context = if self.word_at(1, "TABLE") { "unlock statement" } else { "unlock database statement" };
        self.within(context, |p| {
            p.expect("UNLOCK")?;
            Ok(Statement::Unlock(p.lock_target()?))
        })
    }

    fn lock_target(&mut self) -> Parsed<LockTarget> {
        if self.eat("TABLE") {
            let name = self.object_name()?;
            return Ok(LockTarget::Table(name, self.optional_partition_spec()?));
        }
        self.database_word()?;
        Ok(LockTarget::Database(self.ident()?))
    }
}
