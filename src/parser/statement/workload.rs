//! Resource plans (`ResourcePlanParser.g`).

use crate::parser::ast::{
    AlterPlanAction, Ident, PlanSettings, PoolSettings, Statement, WorkloadStatement as Workload,
};
use crate::parser::cursor::{Parsed, Parser};
use crate::parser::lexer::TokenKind;

const MAPPED: &[&str] = &["USER", "GROUP", "APPLICATION"];

impl Parser<'_> {
    /// A statement of this family, if one is next.
    pub(super) fn workload(&mut self) -> Parsed<Option<Statement>> {
        let verb = self.is_one_of(&["CREATE", "ALTER", "DROP"]);
        let mapping = verb && MAPPED.iter().any(|word| self.word_at(1, word)) && self.word_at(2, "MAPPING");
        let found = match () {
            () if verb && self.word_at(1, "RESOURCE") && self.word_at(2, "PLAN") => {
                self.within("resource plan statement", Self::resource_plan)?
            }
            () if verb && self.word_at(1, "TRIGGER") => self.within("trigger statement", Self::trigger)?,
            () if verb && self.word_at(1, "POOL") => self.within("pool statement", Self::pool)?,
            () if mapping => self.within("mapping statement", Self::mapping)?,
            () if self.eat_all(&["ENABLE", "WORKLOAD", "MANAGEMENT"]) => Workload::Enable,
            () if self.eat_all(&["DISABLE", "WORKLOAD", "MANAGEMENT"]) => Workload::Disable,
            () if self.is("REPLACE") && (self.word_at(1, "RESOURCE") || self.word_at(1, "ACTIVE")) => {
                self.within("replace resource plan statement", Self::replace_plan)?
            }
            () if self.eat_all(&["SHOW", "RESOURCE", "PLANS"]) => Workload::Show(None),
            () if self.eat_all(&["SHOW", "RESOURCE", "PLAN"]) => Workload::Show(Some(self.ident()?)),
            () => return Ok(None),
        };
        Ok(Some(Statement::Workload(found)))
    }

    fn resource_plan(&mut self) -> Parsed<Workload> {
        let verb = self.advance().kind;
        self.expect_all(&["RESOURCE", "PLAN"])?;
        if verb == TokenKind::Word("DROP".into()) {
            let if_exists = self.if_exists();
            return Ok(Workload::DropPlan { name: self.ident()?, if_exists });
        }
        if verb == TokenKind::Word("ALTER".into()) {
            let name = self.ident()?;
            return Ok(Workload::AlterPlan { name, action: self.alter_plan()? });
        }
        let if_not_exists = self.if_not_exists();
        let name = self.ident()?;
        let like = if self.eat("LIKE") { Some(self.ident()?) } else { None };
        let settings = if like.is_none() && self.eat("WITH") { self.plan_settings(true)? } else { Default::default() };
        Ok(Workload::CreatePlan { name, if_not_exists, like, settings })
    }

    fn alter_plan(&mut self) -> Parsed<AlterPlanAction> {
        Ok(match self.eat_one_of(&["VALIDATE", "DISABLE", "SET", "UNSET", "RENAME", "ACTIVATE", "ENABLE"]) {
            Some("VALIDATE") => AlterPlanAction::Validate,
            Some("DISABLE") => AlterPlanAction::Disable,
            Some("SET") => AlterPlanAction::Set(self.plan_settings(true)?),
            Some("UNSET") => AlterPlanAction::Set(self.plan_settings(false)?),
            Some("RENAME") => {
                self.expect("TO")?;
                AlterPlanAction::Rename(self.ident()?)
            }
            Some("ACTIVATE") => {
                let replace = self.eat_all(&["WITH", "REPLACE"]);
                AlterPlanAction::Activate { enable: self.eat("ENABLE"), replace }
            }
            Some(_) if self.eat("ACTIVATE") => {
                AlterPlanAction::Activate { enable: true, replace: self.eat_all(&["WITH", "REPLACE"]) }
            }
            Some(_) => AlterPlanAction::Enable,
            None => return Err(self.unrecognized()),
        })
    }

    fn plan_settings(&mut self, with_values: bool) -> Parsed<PlanSettings> {
        let mut settings = PlanSettings::default();
        self.separated(|p| {
            if p.eat("QUERY_PARALLELISM") {
                settings.parallelism = Some(if with_values { Some(p.assigned(Self::integer)?) } else { None });
            } else if p.eat_all(&["DEFAULT", "POOL"]) {
                settings.default_pool = Some(if with_values { Some(p.assigned(Self::pool_path)?) } else { None });
            } else {
                return Err(p.unrecognized());
            }
            Ok(())
        })?;
        Ok(settings)
    }

    /// `= value`
    fn assigned<T>(&mut self, value: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if !self.eat_equal() {
            return Err(self.mismatch("="));
        }
        value(self)
    }

    fn replace_plan(&mut self) -> Parsed<Workload> {
        self.expect("REPLACE")?;
        let active = self.eat("ACTIVE");
        self.expect_all(&["RESOURCE", "PLAN"])?;
        let target = if active { None } else { Some(self.ident()?) };
        self.expect("WITH")?;
        Ok(Workload::ReplacePlan { target, source: self.ident()? })
    }

    /// `name.name…`
    fn pool_path(&mut self) -> Parsed<String> {
        self.within("poolPath", |p| {
            let mut path = p.ident()?.lower();
            while p.eat_symbol(".") {
                path.push('.');
                path.push_str(&p.ident()?.lower());
            }
            Ok(path)
        })
    }

    fn in_plan(&mut self) -> Parsed<Ident> {
        let plan = self.ident()?;
        self.expect_symbol(".")?;
        Ok(plan)
    }

    fn trigger(&mut self) -> Parsed<Workload> {
        let verb = self.advance().kind;
        self.expect("TRIGGER")?;
        let plan = self.in_plan()?;
        let name = self.ident()?;
        if verb == TokenKind::Word("DROP".into()) {
            return Ok(Workload::DropTrigger { plan, name });
        }
        let new = verb == TokenKind::Word("CREATE".into());
        if !new && let Some(word) = self.eat_one_of(&["ADD", "DROP"]) {
            let add = word == "ADD";
            self.expect(if add { "TO" } else { "FROM" })?;
            let pool = match self.eat_one_of(&["POOL", "UNMANAGED"]) {
                Some("POOL") => Some(self.pool_path()?),
                Some(_) => None,
                None => return Err(self.unrecognized()),
            };
            return Ok(Workload::BindTrigger { add, plan, trigger: name, pool });
        }
        self.expect("WHEN")?;
        let counter = self.ident()?;
        self.expect_symbol(">")?;
        let limit = match self.kind() {
            TokenKind::Number => self.advance().span.text(self.text).to_string(),
            _ => format!("'{}'", self.string()?),
        };
        self.expect("DO")?;
        let action = if self.eat("KILL") {
            "KILL".to_string()
        } else {
            self.expect_all(&["MOVE", "TO"])?;
            format!("MOVE TO {}", self.pool_path()?)
        };
        Ok(Workload::PutTrigger { new, plan, name, condition: format!("{} > {limit}", counter.value), action })
    }

    fn pool(&mut self) -> Parsed<Workload> {
        let verb = self.advance().kind;
        self.expect("POOL")?;
        let plan = self.in_plan()?;
        let path = self.pool_path()?;
        if verb == TokenKind::Word("DROP".into()) {
            return Ok(Workload::DropPool { plan, path });
        }
        let new = verb == TokenKind::Word("CREATE".into());
        if !new && let Some(word) = self.eat_one_of(&["ADD", "DROP"]) {
            self.expect("TRIGGER")?;
            return Ok(Workload::BindTrigger { add: word == "ADD", plan, trigger: self.ident()?, pool: Some(path) });
        }
        if !new && self.eat_all(&["UNSET", "SCHEDULING_POLICY"]) {
            let settings = PoolSettings { policy: Some(None), ..PoolSettings::default() };
            return Ok(Workload::PutPool { new, plan, path, settings });
        }
        self.expect(if new { "WITH" } else { "SET" })?;
        let mut settings = PoolSettings::default();
        self.separated(|p| {
            match p.eat_one_of(&["ALLOC_FRACTION", "QUERY_PARALLELISM", "SCHEDULING_POLICY", "PATH"]) {
                Some("ALLOC_FRACTION") => settings.fraction = Some(p.assigned(Self::fraction)?),
                Some("QUERY_PARALLELISM") => settings.parallelism = Some(p.assigned(Self::integer)?),
                Some("SCHEDULING_POLICY") => settings.policy = Some(Some(p.assigned(Self::string)?)),
                Some(_) => settings.path = Some(p.assigned(Self::pool_path)?),
                None => return Err(p.unrecognized()),
            }
            Ok(())
        })?;
        Ok(Workload::PutPool { new, plan, path, settings })
    }

    fn fraction(&mut self) -> Parsed<f64> {
        let number = self.span().text(self.text).parse().ok().filter(|_| *self.kind() == TokenKind::Number);
        let number = number.ok_or_else(|| self.mismatch("Number"))?;
        self.advance();
        Ok(number)
    }

    fn mapping(&mut self) -> Parsed<Workload> {
        let verb = self.advance().kind;
        let kind = self.any_word()?.value.to_uppercase();
        self.expect("MAPPING")?;
        let entity = self.string()?;
        self.expect("IN")?;
        let plan = self.ident()?;
        if verb == TokenKind::Word("DROP".into()) {
            return Ok(Workload::DropMapping { kind, entity, plan });
        }
        let pool = if self.eat("UNMANAGED") {
            None
        } else {
            self.expect("TO")?;
            Some(self.pool_path()?)
        };
        let order = if self.eat_all(&["WITH", "ORDER"]) { Some(self.integer()?) } else { None };
        let new = verb == TokenKind::Word("CREATE".into());
        Ok(Workload::PutMapping { new, kind, entity, plan, pool, order })
    }
}
