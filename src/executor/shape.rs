//! Whether a statement gives rows: what clients of a server must know before it has run.

use super::{prepare, processor};
use crate::parser::ast::{
    AlterPlanAction, AuthorizationStatement, ConnectorStatement, ScheduledQueryStatement, Statement, WorkloadStatement,
};
use crate::session::Session;

/// Whether the statement, whose variables are replaced, gives rows, be there any or not. `false` for one that cannot be
/// read. Without the session an `EXECUTE` is taken for a query.
pub fn gives_rows(session: Option<&Session>, text: &str) -> bool {
    match processor::gives_rows(text) {
        Some(rows) => rows,
        None => crate::parser::parse_with_any_quotes(text).is_ok_and(|statement| of_statement(session, &statement)),
    }
}

/// Whether a statement may have to wait until others have ended (`skep.server.running.statements`). What only looks at what
/// there is or lets others go on must not: `KILL QUERY`, `UNLOCK`, `SHOW`, `SET`.
pub fn waits_its_turn(text: &str) -> bool {
    let light = |statement| {
        matches!(
            statement,
            Statement::Show(_)
                | Statement::KillQueries(_)
                | Statement::Unlock(_)
                | Statement::AbortTransactions(_)
                | Statement::AbortCompactions(_)
                | Statement::UseDatabase(_)
        )
    };
    processor::gives_rows(text).is_none() && !crate::parser::parse_with_any_quotes(text).is_ok_and(light)
}

fn of_statement(session: Option<&Session>, statement: &Statement) -> bool {
    match statement {
        Statement::Query(_)
        | Statement::Explain(_)
        | Statement::Show(_)
        | Statement::Describe(_)
        | Statement::Msck(_)
        | Statement::AbortCompactions(_)
        | Statement::Connector(ConnectorStatement::Show { .. } | ConnectorStatement::Describe { .. })
        | Statement::Workload(
            WorkloadStatement::Show(_) | WorkloadStatement::AlterPlan { action: AlterPlanAction::Validate, .. },
        )
        | Statement::ScheduledQuery(ScheduledQueryStatement::Show) => true,
        Statement::Authorization(statement) => matches!(
            statement,
            AuthorizationStatement::ShowRoles
                | AuthorizationStatement::ShowCurrentRoles
                | AuthorizationStatement::ShowRoleGrants(_)
                | AuthorizationStatement::ShowPrincipals(_)
                | AuthorizationStatement::ShowGrants { .. }
        ),
        Statement::Execute(statement) => session
            .is_none_or(|session| prepare::executed(session, statement).is_ok_and(|inner| of_statement(None, &inner))),
        _ => false,
    }
}
