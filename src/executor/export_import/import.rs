//! `IMPORT`

use skep_metastore::model::{AcidKind, Partition, Table, TableKind, TransactionOwner, partition_name};
use skep_metastore::store::MetaStore;
use skep_warehouse::acid::{AcidFolder, FolderKind};
use skep_warehouse::layout::archive;
use skep_warehouse::layout::bucket::bucket_of_file;
use skep_warehouse::layout::commit::{Change, CommitJournal, Move, commit};
use skep_warehouse::layout::staging::Staging;
use skep_warehouse::store::{fs, url};

use super::check::check;
use super::export::files_below;
use super::metadata::Metadata;
use super::{DATA, METADATA, folder};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::ddl::alter_table::measure_partition;
use crate::executor::ddl::database::table_location;
use crate::executor::ddl::{now, touch};
use crate::executor::{names, partition_spec};
use crate::parser::ast::{Ident, Import, ObjectName};
use crate::session::{Outcome, Session};

/// Buckets that the ids of rows tell apart.
const MAX_BUCKETS: u32 = 4096;

/// Runs the statement. Files are copied first; the table and its partitions appear with them, or nothing does.
pub async fn run(session: &Session, statement: &Import) -> Result<Outcome> {
    let from = folder(session, &statement.path, statement.path_span)?;
    let exported = read(session, &from, statement).await?;
    check_told(session, &exported)?;
    let name = match &statement.table {
        Some(name) => name.clone(),
        None => ObjectName { database: None, name: Ident::new(exported.table.name.clone()) },
    };
    let existing = names::find_table(session, &name)?;
    let mut partitions = exported.partitions;
    let mut wanted = define(session, statement, &name, exported.table)?;
    keep_wanted(session, statement, &wanted, &mut partitions)?;
    if let Some(existing) = &existing {
        if existing.is_view() {
            return Err(SkepError::semantic(HiveError::VIEW_AS_TARGET, "").with_span(Some(name.span().into())));
        }
        names::settle(session, existing).await?;
        let location = statement.location.as_deref().map(|location| session.named_url(location)).transpose()?;
        check(existing, &wanted, statement.external, location.as_deref())?;
    }
    // EXTERNAL without LOCATION reads the files of the export where they are.
    let in_place = statement.external && statement.location.is_none();
    if in_place && !wanted.is_partitioned() {
        wanted.storage.location = url::join(&from, DATA);
    }
    let target = existing.as_ref().unwrap_or(&wanted).clone();
    let begun = match target.acid_kind() {
        Some(_) => Some(Begun::new(session, &target)?),
        None => None,
    };
    let mut work = Work { session, journal: CommitJournal::default(), staging: None, in_place, begun: begun.as_ref() };
    let mut change = None;
    if target.is_partitioned() {
        let mut added = Vec::with_capacity(partitions.len());
        for partition in partitions {
            added.push(work.add_partition(&from, &target, existing.is_some(), statement, partition).await?);
        }
        change = Some(Change::PutPartitions(added));
    } else if !in_place {
        work.take(&url::join(&from, DATA), &target.storage.location).await?;
    }
    if existing.is_none() {
        if target.is_partitioned() {
            work.journal.mkdirs.push(target.storage.location.clone());
        }
        touch(&mut wanted.parameters);
        if !wanted.is_partitioned() {
            wanted.parameters.remove("COLUMN_STATS_ACCURATE");
        }
        work.journal.changes.push(Change::CreateTable(Box::new(wanted)));
    } else if !target.is_partitioned() {
        let used = fs::table_use(session.stores(), &url::join(&from, DATA)).await?;
        work.journal.changes.push(Change::TableParameters(vec![
            ("COLUMN_STATS_ACCURATE".into(), None),
            ("numFiles".into(), Some(used.files.to_string())),
            ("totalSize".into(), Some(used.bytes.to_string())),
            ("transient_lastDdlTime".into(), Some(now().to_string())),
        ]));
    }
    // The table and its partitions are two changes of one commit, in this order.
    work.journal.changes.extend(change);
    let Work { mut journal, staging, .. } = work;
    if let Some(begun) = &begun {
        journal.changes.push(Change::CommitTransaction(begun.transaction));
    }
    commit(session.catalog().as_ref(), session.stores(), &target.database, &target.name, journal, staging).await?;
    Ok(Outcome::done())
}

async fn read(session: &Session, from: &str, statement: &Import) -> Result<Metadata> {
    let file = url::join(from, METADATA);
    if !fs::exists(session.stores(), &file).await? {
        let error = SkepError::semantic(HiveError::INVALID_PATH, format!("'{}': there is no {file}", statement.path));
        return Err(error
            .with_span(Some(statement.path_span.into()))
            .with_hint("IMPORT takes a folder that EXPORT TABLE has made"));
    }
    Metadata::read(&fs::read(session.stores(), &file).await?)
}

/// The table as the import would make it. An exported external table stays external, but its files are copied; only
/// `IMPORT EXTERNAL` leaves them where they are.
fn define(session: &Session, statement: &Import, name: &ObjectName, mut table: Table) -> Result<Table> {
    let database = names::database_of(session, name)?;
    names::check_new_name(session, name)?;
    table.database = database.name.clone();
    table.name = name.name.lower();
    table.owner = session.user().to_string();
    table.create_time = now();
    table.last_access_time = 0;
    let flagged = table.parameters.get("EXTERNAL").is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    table.kind = if statement.external || flagged { TableKind::External } else { TableKind::Managed };
    if statement.external {
        table.parameters.insert("EXTERNAL".into(), "TRUE".into());
        // Others may change the files: no transaction answers for them.
        table.parameters.remove("transactional");
        table.parameters.remove("transactional_properties");
    }
    table.storage.skewed.locations.clear();
    table.storage.location = match &statement.location {
        Some(location) => session.named_url(location)?,
        None => table_location(session, &database, &table.name, table.kind)?,
    };
    Ok(table)
}

/// Whoever wrote the export may have told anything.
fn check_told(session: &Session, exported: &Metadata) -> Result<()> {
    session.check_properties(&exported.table.parameters)?;
    session.check_properties(&exported.table.storage.serde.parameters)?;
    for partition in &exported.partitions {
        session.check_properties(&partition.parameters)?;
        session.check_properties(&partition.storage.serde.parameters)?;
    }
    Ok(())
}

/// With `PARTITION` only that partition is taken.
fn keep_wanted(session: &Session, statement: &Import, table: &Table, partitions: &mut Vec<Partition>) -> Result<()> {
    let Some(spec) = &statement.partition else { return Ok(()) };
    if spec.values.iter().any(|value| value.value.is_none()) {
        let error = SkepError::semantic(HiveError::PARTITION_NOT_FOUND, " - Dynamic partitions not allowed");
        return Err(error.with_span(Some(spec.span.into())));
    }
    let values = partition_spec::partial_values(session, table, spec)?;
    let values: Option<Vec<String>> = values.into_iter().collect();
    partitions.retain(|partition| Some(&partition.values) == values.as_ref());
    if partitions.is_empty() {
        let detail = " - Specified partition not found in import directory";
        return Err(SkepError::semantic(HiveError::PARTITION_NOT_FOUND, detail).with_span(Some(spec.span.into())));
    }
    Ok(())
}

/// The transaction of an import into a transactional table. It is aborted when it is dropped, unless it was committed
/// before.
struct Begun<'a> {
    session: &'a Session,
    transaction: i64,
    write_id: i64,
    table: Table,
}

impl<'a> Begun<'a> {
    fn new(session: &'a Session, table: &Table) -> Result<Self> {
        let owner = TransactionOwner::this_process(session.user());
        let begun = session.catalog().begin_write(&table.database, &table.name, &owner)?;
        Ok(Self { session, transaction: begun.transaction, write_id: begun.write_id, table: table.clone() })
    }

    /// Where a file goes in the folder of the table or of a partition that holds those in `taken` by now. The rows of a full
    /// ACID table get their ids by the bucket in their file's name, so that no two files of a folder may have one bucket.
    fn place(&self, relative: &str, taken: &mut Vec<u32>) -> Result<String> {
        let folder = |statement: usize| {
            let folder = AcidFolder::of_statement(FolderKind::Delta, self.write_id, statement as u32);
            folder.name()
        };
        let name = url::file_name(relative);
        if self.table.acid_kind() != Some(AcidKind::Full) {
            return Ok(url::join(&folder(0), name));
        }
        if relative.split('/').any(|part| AcidFolder::parse(part).is_some()) {
            return Err(SkepError::unsupported("IMPORT of files with the row ids of another table"));
        }
        let bucketed = !self.table.storage.bucket_columns.is_empty();
        let (bucket, statement) = match bucket_of_file(name).filter(|_| bucketed) {
            Some(bucket) => (bucket, taken.iter().filter(|taken| **taken == bucket).count()),
            None => (taken.len() as u32 % MAX_BUCKETS, taken.len() / MAX_BUCKETS as usize),
        };
        taken.push(bucket);
        Ok(url::join(&folder(statement), &format!("{bucket:06}_0")))
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        // One that is committed is not known any more: that is no failure.
        let _ = self.session.catalog().abort_transactions(&[self.transaction]);
    }
}

/// What the commit will do.
struct Work<'a> {
    session: &'a Session,
    journal: CommitJournal,
    staging: Option<Staging>,
    in_place: bool,
    /// Into a transactional table.
    begun: Option<&'a Begun<'a>>,
}

impl Work<'_> {
    async fn add_partition(
        &mut self,
        from: &str,
        table: &Table,
        exists: bool,
        statement: &Import,
        mut partition: Partition,
    ) -> Result<Partition> {
        let session = self.session;
        let name = partition_name(&table.partition_keys, &partition.values);
        let known = session.catalog().partition(&table.database, &table.name, &partition.values);
        if exists && known.is_ok() {
            let pairs: Vec<String> =
                table.partition_keys.iter().zip(&partition.values).map(|(k, v)| format!("{}={v}", k.name)).collect();
            return Err(SkepError::semantic(HiveError::PARTITION_EXISTS, pairs.join(",")));
        }
        let source = url::join(from, &name);
        partition.create_time = now();
        partition.storage.skewed.locations.clear();
        archive::set_folder(&mut partition, source.clone());
        measure_partition(session, &mut partition).await?;
        touch(&mut partition.parameters);
        if !self.in_place {
            let root = match &statement.location {
                Some(location) => session.named_url(location)?,
                None => table.storage.location.clone(),
            };
            partition.storage.location = url::join(&root, &name);
            self.take(&source, &partition.storage.location).await?;
        }
        Ok(partition)
    }

    /// Copies files into the staging folder and notes where they go. A target with files in it is Hive's error 10119.
    async fn take(&mut self, from: &str, to: &str) -> Result<()> {
        let session = self.session;
        if !files_below(session, to).await?.is_empty() {
            return Err(SkepError::semantic(HiveError::IMPORT_DATA_EXISTS, ""));
        }
        self.journal.mkdirs.push(to.to_string());
        let mut taken = Vec::new();
        for (path, relative) in files_below(session, from).await? {
            let staging = match &self.staging {
                Some(staging) => staging.url().to_string(),
                None => {
                    let staging = Staging::create(session.stores(), to).await?;
                    self.staging.insert(staging).url().to_string()
                }
            };
            let staged = url::join(&staging, &self.journal.moves.len().to_string());
            fs::copy(session.stores(), &path, &staged).await?;
            let place = match self.begun {
                Some(begun) => url::join(to, &begun.place(&relative, &mut taken)?),
                None => url::join(to, &relative),
            };
            if let Some(parent) = url::parent(&place)
                && !self.journal.mkdirs.iter().any(|folder| folder == parent)
            {
                self.journal.mkdirs.push(parent.to_string());
            }
            self.journal.moves.push(Move { from: staged, to: place, replace: false });
        }
        Ok(())
    }
}
