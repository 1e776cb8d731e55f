//! The operations of `ALTER …`, and of the rarer families of statements.

use super::objects::{Seen, current_database, database, table_of};
use crate::error::Result;
use crate::executor::names;
use crate::parser::ast::{
    AlterDatabase, AlterDatabaseAction, AlterMaterializedView, AlterMaterializedViewAction, AlterTable,
    AlterTableAction as Action, AlterView, AlterViewAction, AuthorizationStatement, ConnectorStatement, LockTarget,
    PrivilegeTarget, ScheduledQueryStatement, ShowLocksTarget, Statement, WorkloadStatement,
};
use crate::session::Session;
use crate::session::authorizer::{ObjectKind, PrivilegeObject};

impl Seen {
    pub fn alter_table(&mut self, session: &Session, alter: &AlterTable) {
        let of_partition = alter.partition.is_some();
        let operation = match &alter.action {
            Action::Rename(_) => "ALTERTABLE_RENAME",
            Action::AddColumns { .. } => "ALTERTABLE_ADDCOLS",
            Action::ReplaceColumns { .. } => "ALTERTABLE_REPLACECOLS",
            Action::ChangeColumn { .. } => "ALTERTABLE_RENAMECOL",
            Action::UpdateColumns { .. } => "ALTERTABLE_UPDATECOLUMNS",
            Action::PartitionColumnType(_) => "ALTERTABLE_PARTCOLTYPE",
            Action::SetProperties(_) | Action::UnsetProperties { .. } | Action::Convert { .. } => {
                "ALTERTABLE_PROPERTIES"
            }
            Action::SetSerDe { .. } if of_partition => "ALTERPARTITION_SERIALIZER",
            Action::SetSerDe { .. } => "ALTERTABLE_SERIALIZER",
            Action::SetSerDeProperties(_) | Action::UnsetSerDeProperties(_) if of_partition => {
                "ALTERPARTITION_SERDEPROPERTIES"
            }
            Action::SetSerDeProperties(_) | Action::UnsetSerDeProperties(_) => "ALTERTABLE_SERDEPROPERTIES",
            Action::SetLocation(_) if of_partition => "ALTERPARTITION_LOCATION",
            Action::SetLocation(_) => "ALTERTABLE_LOCATION",
            Action::SetFileFormat(_) if of_partition => "ALTERPARTITION_FILEFORMAT",
            Action::SetFileFormat(_) => "ALTERTABLE_FILEFORMAT",
            Action::SetOwner(_) => "ALTERTABLE_OWNER",
            Action::ClusteredBy(_) | Action::NotClustered | Action::NotSorted => "ALTERTABLE_CLUSTER_SORT",
            Action::IntoBuckets(_) if of_partition => "ALTERPARTITION_BUCKETNUM",
            Action::IntoBuckets(_) => "ALTERTABLE_BUCKETNUM",
            Action::SkewedBy(_) | Action::NotSkewed | Action::NotStoredAsDirectories => "ALTERTABLE_SKEWED",
            Action::SetSkewedLocation(_) => "ALTERTBLPART_SKEWED_LOCATION",
            Action::AddPartitions { .. } => "ALTERTABLE_ADDPARTS",
            Action::DropPartitions { .. } => "ALTERTABLE_DROPPARTS",
            Action::RenamePartition(_) => "ALTERTABLE_RENAMEPART",
            Action::ExchangePartition { .. } => "ALTERTABLE_EXCHANGEPARTITION",
            Action::Touch(_) => "ALTERTABLE_TOUCH",
            Action::Archive(_) => "ALTERTABLE_ARCHIVE",
            Action::Unarchive(_) => "ALTERTABLE_UNARCHIVE",
            Action::Concatenate if of_partition => "ALTERPARTITION_MERGEFILES",
            Action::Concatenate => "ALTERTABLE_MERGEFILES",
            Action::Compact { .. } => "ALTERTABLE_COMPACT",
            Action::UpdateStatistics(_) | Action::UpdateColumnStatistics { .. } if of_partition => {
                "ALTERTABLE_UPDATEPARTSTATS"
            }
            Action::UpdateStatistics(_) | Action::UpdateColumnStatistics { .. } => "ALTERTABLE_UPDATETABLESTATS",
            Action::AddConstraint(_) => "ALTERTABLE_ADDCONSTRAINT",
            Action::DropConstraint(_) => "ALTERTABLE_DROPCONSTRAINT",
        };
        self.change(session, operation, &alter.name);
        match &alter.action {
            Action::Rename(name) => self.new_table(session, name, None),
            Action::SetLocation(location) => self.location(Some(location)),
            Action::SetSkewedLocation(places) => {
                places.iter().for_each(|(_, location)| self.location(Some(location)));
            }
            Action::AddPartitions { partitions, .. } => {
                partitions.iter().for_each(|partition| self.location(partition.location.as_deref()));
            }
            Action::ExchangePartition { source, .. } => self.both(table_of(session, source)),
            _ => {}
        }
    }

    pub fn alter_database(&mut self, alter: &AlterDatabase) {
        let (operation, location) = match &alter.action {
            AlterDatabaseAction::SetProperties(_) => ("ALTERDATABASE", None),
            AlterDatabaseAction::SetOwner(_) => ("ALTERDATABASE_OWNER", None),
            AlterDatabaseAction::SetLocation(location) | AlterDatabaseAction::SetManagedLocation(location) => {
                ("ALTERDATABASE_LOCATION", Some(location.as_str()))
            }
        };
        self.operation = operation;
        self.outputs.push(database(&alter.name));
        self.location(location);
    }

    pub fn alter_view(&mut self, session: &Session, alter: &AlterView) -> Result<()> {
        let operation = match &alter.action {
            AlterViewAction::As(_) => "ALTERVIEW_AS",
            AlterViewAction::Rename(_) => "ALTERVIEW_RENAME",
            AlterViewAction::SetProperties(_) | AlterViewAction::UnsetProperties { .. } => "ALTERVIEW_PROPERTIES",
            AlterViewAction::AddPartitions { .. } => "ALTERTABLE_ADDPARTS",
            AlterViewAction::DropPartitions { .. } => "ALTERTABLE_DROPPARTS",
        };
        self.change(session, operation, &alter.name);
        match &alter.action {
            AlterViewAction::As(source) => self.query(session, &source.query)?,
            AlterViewAction::Rename(name) => self.new_table(session, name, None),
            _ => {}
        }
        Ok(())
    }

    pub fn alter_materialized_view(&mut self, session: &Session, alter: &AlterMaterializedView) -> Result<()> {
        match alter.action {
            AlterMaterializedViewAction::Rewrite(_) => {
                self.change(session, "ALTER_MATERIALIZED_VIEW_REWRITE", &alter.name);
            }
            AlterMaterializedViewAction::Rebuild => {
                self.operation = "QUERY";
                self.outputs.push(table_of(session, &alter.name));
                let view = names::table(session, &alter.name)?;
                let text = view.view_expanded_text.or(view.view_original_text).unwrap_or_default();
                if let Statement::Query(source) = crate::parser::parse(&text)? {
                    self.query(session, &source.query)?;
                }
            }
        }
        Ok(())
    }

    pub fn lock(&mut self, session: &Session, target: &LockTarget, of_database: &'static str, of_table: &'static str) {
        let (operation, object) = match target {
            LockTarget::Database(name) => (of_database, database(name)),
            LockTarget::Table(name, _) => (of_table, table_of(session, name)),
        };
        self.operation = operation;
        self.both(object);
    }

    pub fn show_locks(&mut self, session: &Session, target: Option<&ShowLocksTarget>) {
        self.operation = "SHOWLOCKS";
        self.inputs.extend(target.map(|target| match target {
            ShowLocksTarget::Database(name) => database(name),
            ShowLocksTarget::Table(name, _) => table_of(session, name),
        }));
    }

    pub fn connector(&mut self, statement: &ConnectorStatement) {
        let (operation, name) = match statement {
            ConnectorStatement::Create { name, .. } => ("CREATEDATACONNECTOR", Some(name)),
            ConnectorStatement::Alter { name, .. } => ("ALTERDATACONNECTOR", Some(name)),
            ConnectorStatement::Drop { name, .. } => ("DROPDATACONNECTOR", Some(name)),
            ConnectorStatement::Show { .. } => ("SHOWDATACONNECTORS", None),
            ConnectorStatement::Describe { name, .. } => ("DESCDATACONNECTOR", Some(name)),
            ConnectorStatement::CreateRemoteDatabase { database: create, connector } => {
                self.outputs.push(database(&create.name));
                ("CREATEDATABASE", Some(connector))
            }
        };
        self.operation = operation;
        let reads = !matches!(
            statement,
            ConnectorStatement::Create { .. } | ConnectorStatement::Alter { .. } | ConnectorStatement::Drop { .. }
        );
        let object = name.map(|name| PrivilegeObject::new(ObjectKind::Connector, None, name.lower()));
        if reads { self.inputs.extend(object) } else { self.outputs.extend(object) }
    }

    pub fn authorization(&mut self, session: &Session, statement: &AuthorizationStatement) {
        let (operation, target) = match statement {
            AuthorizationStatement::CreateRole(_) => ("CREATEROLE", None),
            AuthorizationStatement::DropRole(_) => ("DROPROLE", None),
            AuthorizationStatement::SetRole(_)
            | AuthorizationStatement::ShowRoles
            | AuthorizationStatement::ShowCurrentRoles => ("SHOW_ROLES", None),
            AuthorizationStatement::ShowRoleGrants(_) => ("SHOW_ROLE_GRANT", None),
            AuthorizationStatement::ShowPrincipals(_) => ("SHOW_ROLE_PRINCIPALS", None),
            AuthorizationStatement::GrantRoles { .. } => ("GRANT_ROLE", None),
            AuthorizationStatement::RevokeRoles { .. } => ("REVOKE_ROLE", None),
            AuthorizationStatement::Grant { object, .. } => ("GRANT_PRIVILEGE", object.as_ref()),
            AuthorizationStatement::Revoke { object, .. } => ("REVOKE_PRIVILEGE", object.as_ref()),
            AuthorizationStatement::ShowGrants { object, .. } => ("SHOW_GRANT", object.as_ref()),
        };
        self.operation = operation;
        let Some(target) = target else { return };
        let object = match target {
            PrivilegeTarget::Database(name) => database(name),
            PrivilegeTarget::Table { name, .. } => table_of(session, name),
            PrivilegeTarget::Uri(uri) => PrivilegeObject::new(ObjectKind::Uri, None, uri),
            PrivilegeTarget::Server(name) => PrivilegeObject::new(ObjectKind::Service, None, name.lower()),
        };
        if operation == "SHOW_GRANT" { self.inputs.push(object) } else { self.outputs.push(object) }
    }

    pub fn workload(&mut self, statement: &WorkloadStatement) {
        self.server(match statement {
            WorkloadStatement::CreatePlan { .. } => "CREATE_RESOURCEPLAN",
            WorkloadStatement::AlterPlan { .. }
            | WorkloadStatement::ReplacePlan { .. }
            | WorkloadStatement::Enable
            | WorkloadStatement::Disable => "ALTER_RESOURCEPLAN",
            WorkloadStatement::DropPlan { .. } => "DROP_RESOURCEPLAN",
            WorkloadStatement::Show(_) => "SHOW_RESOURCEPLAN",
            WorkloadStatement::PutTrigger { new: true, .. } => "CREATE_TRIGGER",
            WorkloadStatement::PutTrigger { .. } | WorkloadStatement::BindTrigger { .. } => "ALTER_TRIGGER",
            WorkloadStatement::DropTrigger { .. } => "DROP_TRIGGER",
            WorkloadStatement::PutPool { new: true, .. } => "CREATE_POOL",
            WorkloadStatement::PutPool { .. } => "ALTER_POOL",
            WorkloadStatement::DropPool { .. } => "DROP_POOL",
            WorkloadStatement::PutMapping { new: true, .. } => "CREATE_MAPPING",
            WorkloadStatement::PutMapping { .. } => "ALTER_MAPPING",
            WorkloadStatement::DropMapping { .. } => "DROP_MAPPING",
        });
    }

    pub fn scheduled(&mut self, session: &Session, statement: &ScheduledQueryStatement) {
        let (operation, name) = match statement {
            ScheduledQueryStatement::Create { name, .. } => ("CREATE_SCHEDULED_QUERY", name),
            ScheduledQueryStatement::Alter { name, .. } => ("ALTER_SCHEDULED_QUERY", name),
            ScheduledQueryStatement::Drop(name) => ("DROP_SCHEDULED_QUERY", name),
            ScheduledQueryStatement::Show => {
                self.operation = "SHOWTABLES";
                self.inputs.push(current_database(session));
                return;
            }
        };
        self.operation = operation;
        let namespace = session.config().text("hive.scheduled.queries.namespace").to_string();
        self.outputs.push(PrivilegeObject::new(ObjectKind::ScheduledQuery, Some(namespace), name.lower()));
    }
}
