//! The table of configuration keys.

use super::config::{ConfigKey, KeyKind, KeyKind::*};

const FILE_FORMATS: &[&str] = &["TextFile", "SequenceFile", "RCfile", "ORC", "parquet", "avro"];
const MANAGED_FILE_FORMATS: &[&str] = &["none", "TextFile", "SequenceFile", "RCfile", "ORC", "parquet", "avro"];

const fn key(name: &'static str, kind: KeyKind, default: Option<&'static str>, doc: &'static str) -> ConfigKey {
    ConfigKey { name, kind, default, doc }
}

/// Every key that has a meaning or a default; the everyday ones of Hive with Hive 4's defaults, then Skep's.
#[rustfmt::skip]
pub static KEYS: &[ConfigKey] = &[
    key("hive.exec.dynamic.partition", Bool, Some("true"), "Whether INSERT may take partition values from the rows."),
    key("hive.exec.dynamic.partition.mode", OneOf(&["strict", "nonstrict"]), Some("nonstrict"), "In strict mode at least one partition column of an INSERT must have a fixed value."),
    key("hive.exec.max.dynamic.partitions", Int(0, i64::MAX), Some("1000"), "Most partitions that one INSERT may write by values from the rows."),
    key("hive.exec.max.dynamic.partitions.pernode", Int(0, i64::MAX), Some("100"), "Most partitions that one of the writers of an INSERT may write."),
    key("hive.exec.max.created.files", Int(0, i64::MAX), Some("100000"), "Most files that one INSERT may write."),
    key("hive.exec.default.partition.name", Text, Some("__HIVE_DEFAULT_PARTITION__"), "Folder name of a partition whose value is NULL."),
    key("hive.error.on.empty.partition", Bool, Some("false"), "Whether an INSERT that would write an empty dynamic partition fails."),
    key("hive.insert.into.multilevel.dirs", Bool, Some("false"), "Whether INSERT OVERWRITE DIRECTORY makes missing parent folders."),
    key("hive.exec.compress.output", Bool, Some("false"), "Whether text results of queries are compressed when written."),
    key("hive.exec.compress.intermediate", Bool, Some("false"), "Accepted, no effect: Skep keeps no intermediate tables."),
    key("mapreduce.output.fileoutputformat.compress", Bool, None, "Older key for compressing written files."),
    key("mapreduce.output.fileoutputformat.compress.codec", Text, Some("org.apache.hadoop.io.compress.DefaultCodec"), "Hadoop class of the codec for written text files."),
    key("hive.exec.orc.default.compress", Text, Some("ZLIB"), "Compression of written ORC files where orc.compress is not set."),
    key("parquet.compression", Text, None, "Compression of written Parquet files where the table does not say."),
    key("hive.exec.stagingdir", Text, Some(".hive-staging"), "Prefix of the folder that an INSERT writes to before it commits."),
    key("hive.merge.mapfiles", Bool, Some("true"), "Accepted, no effect yet."),
    key("hive.merge.mapredfiles", Bool, Some("false"), "Accepted, no effect yet."),
    key("hive.merge.tezfiles", Bool, Some("false"), "Accepted, no effect yet."),
    key("hive.merge.size.per.task", Int(0, i64::MAX), Some("256000000"), "Accepted, no effect yet."),
    key("hive.merge.smallfiles.avgsize", Int(0, i64::MAX), Some("16000000"), "Accepted, no effect yet."),
    key("hive.optimize.sort.dynamic.partition.threshold", Int(-1, i64::MAX), Some("0"), "Accepted: Skep always bounds the number of open writers."),
    key("hive.default.fileformat", OneOf(FILE_FORMATS), Some("TextFile"), "File format of CREATE TABLE without STORED AS."),
    key("hive.default.fileformat.managed", OneOf(MANAGED_FILE_FORMATS), Some("none"), "The same for managed tables; none takes hive.default.fileformat."),
    key("hive.default.serde", Text, Some("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"), "SerDe of text tables."),
    key("hive.create.as.insert.only", Bool, Some("false"), "Accepted; transactional tables are not made by default."),
    key("hive.create.as.acid", Bool, Some("false"), "Accepted; transactional tables are not made by default."),
    key("hive.create.as.external.legacy", Bool, Some("false"), "Accepted, no effect."),
    key("hive.table.parameters.default", Text, Some(""), "Properties of every new table, as key=value,key=value."),
    key("hive.ddl.createtablelike.properties.whitelist", Text, Some(""), "Properties that CREATE TABLE LIKE copies, beside those of file formats."),
    key("hive.exec.drop.ignorenonexistent", Bool, Some("true"), "Whether DROP of a missing table, view or function is no error."),
    key("hive.metastore.disallow.incompatible.col.type.changes", Bool, Some("true"), "Whether ALTER TABLE refuses column types that old data cannot be read as."),
    key("metastore.disallow.incompatible.col.type.changes", Bool, None, "Hive 4's name of hive.metastore.disallow.incompatible.col.type.changes."),
    key("hive.typecheck.on.insert", Bool, Some("true"), "Whether partition values are checked against, and normalised to, their column's type."),
    key("hive.msck.path.validation", OneOf(&["throw", "skip", "ignore"]), Some("throw"), "What MSCK REPAIR does with folders that are no valid partition."),
    key("hive.msck.repair.batch.size", Int(-1, i64::MAX), Some("3000"), "How many partitions MSCK REPAIR adds in one catalog transaction; 0 for all."),
    key("hive.exec.concatenate.check.index", Bool, Some("true"), "Accepted, no effect."),
    key("hive.stats.autogather", Bool, Some("true"), "Whether INSERT records numRows, totalSize and so on."),
    key("hive.stats.column.autogather", Bool, Some("true"), "Accepted; column statistics are gathered by ANALYZE TABLE only."),
    key("hive.stats.fetch.column.stats", Bool, Some("true"), "Accepted, no effect yet."),
    key("hive.stats.dbclass", Text, Some("fs"), "Accepted, no effect."),
    key("hive.compute.query.using.stats", Bool, Some("true"), "Accepted; Skep answers from file footers, never from numbers that may be stale."),
    key("hive.support.quoted.identifiers", OneOf(&["none", "standard", "column"]), Some("column"), "Whether names in backticks are taken literally (column) or as a regular expression (none)."),
    key("hive.support.special.characters.tablename", Bool, Some("true"), "Whether table names in backticks may hold special characters."),
    key("hive.resultset.use.unique.column.names", Bool, Some("true"), "Whether result columns of SELECT * are shown as table.column."),
    key("hive.groupby.position.alias", Bool, Some("false"), "Whether a number in GROUP BY is the position of a selected column."),
    key("hive.orderby.position.alias", Bool, Some("true"), "Whether a number in ORDER BY is the position of a selected column."),
    key("hive.groupby.orderby.position.alias", Bool, Some("false"), "Both of hive.groupby.position.alias and hive.orderby.position.alias."),
    key("hive.default.nulls.last", Bool, Some("true"), "Whether NULLs sort last in ascending order where the query does not say."),
    key("hive.local.time.zone", TimeZone, Some("LOCAL"), "Time zone of the session: an IANA name, or LOCAL for the machine's."),
    key("hive.int.timestamp.conversion.in.seconds", Bool, Some("false"), "Whether an integer cast to timestamp is seconds since the epoch, not milliseconds."),
    key("hive.datetime.formatter", OneOf(&["SIMPLE", "DATETIME"]), Some("DATETIME"), "Which of Java's two pattern languages date functions read."),
    key("hive.mapred.mode", OneOf(&["strict", "nonstrict", ""]), None, "Old switch for all hive.strict.checks."),
    key("hive.strict.checks.cartesian.product", Bool, Some("false"), "Whether a join without a condition is an error."),
    key("hive.strict.checks.no.partition.filter", Bool, Some("false"), "Whether a query of a partitioned table without a filter on it is an error."),
    key("hive.strict.checks.orderby.no.limit", Bool, Some("false"), "Whether ORDER BY without LIMIT is an error."),
    key("hive.strict.checks.type.safety", Bool, Some("true"), "Whether comparing a bigint with a string or double is an error."),
    key("hive.strict.checks.bucketing", Bool, Some("true"), "Whether LOAD DATA into a bucketed table is an error."),
    key("hive.variable.substitute", Bool, Some("true"), "Whether ${…} is replaced in statements."),
    key("hive.variable.substitute.depth", Int(0, 1000), Some("40"), "How often the result of a replacement is searched for ${…} again."),
    key("hive.query.result.fileformat", Text, Some("SequenceFile"), "Accepted, no effect."),
    key("hive.cte.materialize.threshold", Int(-1, i64::MAX), Some("3"), "Accepted, no effect yet."),
    key("hive.materializedview.rewriting", Bool, Some("true"), "Accepted; queries are not rewritten to materialized views."),
    key("hive.query.results.cache.enabled", Bool, Some("true"), "Accepted, no effect."),
    key("hive.parquet.timestamp.skip.conversion", Bool, Some("true"), "Whether INT96 timestamps of other writers are read without a zone shift."),
    key("hive.parquet.write.int64.timestamp", Bool, Some("false"), "Whether Parquet timestamps are written as INT64 and not as INT96."),
    key("hive.parquet.timestamp.time.unit", OneOf(&["nanos", "micros", "millis"]), Some("micros"), "Unit of INT64 timestamps in Parquet."),
    key("hive.parquet.timestamp.write.legacy.conversion.enabled", Bool, Some("false"), "Accepted, no effect."),
    key("hive.parquet.timestamp.legacy.conversion.enabled", Bool, Some("true"), "Accepted, no effect."),
    key("orc.schema.evolution.case.sensitive", Bool, Some("false"), "Whether ORC columns are matched by name in exact case."),
    key("orc.force.positional.evolution", Bool, Some("false"), "Whether ORC columns are matched by position and not by name."),
    key("hive.execution.engine", OneOf(&["mr", "tez", "spark", "mr3", "skep"]), Some("tez"), "Accepted: Skep runs queries itself, whatever it says."),
    key("hive.cbo.enable", Bool, Some("true"), "Accepted: the optimizer is always on."),
    key("hive.auto.convert.join", Bool, Some("true"), "Accepted: joins are chosen by size."),
    key("hive.auto.convert.join.noconditionaltask", Bool, Some("true"), "Accepted: joins are chosen by size."),
    key("hive.auto.convert.join.noconditionaltask.size", Int(0, i64::MAX), Some("10000000"), "Accepted: joins are chosen by size."),
    key("hive.mapjoin.smalltable.filesize", Int(0, i64::MAX), Some("25000000"), "Accepted: joins are chosen by size."),
    key("hive.optimize.ppd", Bool, Some("true"), "Accepted: filters are always pushed down."),
    key("hive.optimize.index.filter", Bool, Some("true"), "Accepted: filters are always pushed into files."),
    key("hive.optimize.bucketmapjoin", Bool, Some("false"), "Accepted, no effect."),
    key("hive.optimize.bucketmapjoin.sortedmerge", Bool, Some("false"), "Accepted, no effect."),
    key("hive.optimize.skewjoin", Bool, Some("false"), "Accepted, no effect."),
    key("hive.optimize.reducededuplication", Bool, Some("true"), "Accepted, no effect."),
    key("hive.map.aggr", Bool, Some("true"), "Accepted: aggregation always begins where rows are read."),
    key("hive.groupby.skewindata", Bool, Some("false"), "Accepted, no effect."),
    key("hive.vectorized.execution.enabled", Bool, Some("true"), "Accepted: execution is always vectorized."),
    key("hive.vectorized.execution.reduce.enabled", Bool, Some("true"), "Accepted: execution is always vectorized."),
    key("hive.fetch.task.conversion", OneOf(&["none", "minimal", "more"]), Some("more"), "Accepted, no effect: no query waits for a job to start."),
    key("hive.fetch.task.conversion.threshold", Int(-1, i64::MAX), Some("1073741824"), "Accepted, no effect."),
    key("hive.limit.optimize.enable", Bool, Some("false"), "Accepted: LIMIT always stops reading early."),
    key("hive.exec.parallel", Bool, Some("false"), "Accepted: all parts of a query run in parallel."),
    key("hive.exec.parallel.thread.number", Int(0, i64::MAX), Some("8"), "Accepted, no effect; see skep.execution.threads."),
    key("hive.exec.mode.local.auto", Bool, Some("false"), "Accepted, no effect."),
    key("hive.exec.reducers.max", Int(-1, i64::MAX), Some("1009"), "Accepted, no effect; see skep.execution.threads."),
    key("hive.exec.reducers.bytes.per.reducer", Int(-1, i64::MAX), Some("256000000"), "Accepted, no effect."),
    key("mapreduce.job.reduces", Int(-1, i64::MAX), Some("-1"), "Accepted, no effect; see skep.execution.threads."),
    key("hive.input.format", Text, Some("org.apache.hadoop.hive.ql.io.CombineHiveInputFormat"), "Accepted, no effect."),
    key("hive.tez.input.format", Text, Some("org.apache.hadoop.hive.ql.io.HiveInputFormat"), "Accepted, no effect."),
    key("hive.tez.container.size", Int(-1, i64::MAX), Some("-1"), "Accepted, no effect."),
    key("hive.query.reexecution.enabled", Bool, Some("true"), "Accepted, no effect."),
    key("hive.metastore.warehouse.dir", Text, None, "Folder of managed tables; default warehouse under skep.home."),
    key("hive.metastore.warehouse.external.dir", Text, None, "Folder of external tables that name no LOCATION; default the managed one."),
    key("hive.metastore.uris", Text, Some(""), "Address of a metastore service; empty for the catalog in skep.metastore.path."),
    key("javax.jdo.option.ConnectionURL", Text, None, "Hive's database of the catalog. Of an embedded Derby database its folder is taken, for skep.metastore.path."),
    key("hive.exec.scratchdir", Text, None, "Folder for data of temporary tables; default scratch under skep.home."),
    key("hive.exec.local.scratchdir", Text, None, "Folder that operators spill to; default the machine's folder for temporary files."),
    key("hive.downloaded.resources.dir", Text, None, "Folder for files fetched by ADD FILE and the like."),
    key("fs.defaultFS", Text, Some("file:///"), "File system of paths that name none."),
    key("hive.decode.partition.name", Bool, Some("false"), "Whether SHOW PARTITIONS shows values as they are, not as folders are called."),
    key("hive.cli.print.header", Bool, Some("false"), "Whether the shell prints column names above results."),
    key("hive.cli.print.current.db", Bool, Some("false"), "Whether the shell's prompt shows the current database."),
    key("hive.cli.prompt", Text, Some("hive"), "The shell's prompt."),
    key("hive.cli.errors.ignore", Bool, Some("false"), "Whether a script goes on after a statement that fails."),
    key("hive.session.silent", Bool, Some("false"), "Whether the shell prints rows and errors only."),
    key("hive.session.id", Text, Some(""), "Name of the session."),
    key("hive.query.id", Text, Some(""), "Name of the running query."),
    key("hive.query.name", Text, None, "A name for the query that the user gives."),
    key("hive.query.string", Text, Some(""), "Text of the running query."),
    key("hive.conf.validation", Bool, Some("true"), "Accepted: the values of known keys are always checked."),
    key("hive.ddl.output.format", OneOf(&["text", "json"]), Some("text"), "Form of DESCRIBE and SHOW."),
    key("hive.display.partition.cols.separately", Bool, Some("true"), "Whether DESCRIBE lists partition columns apart."),
    key("hive.explain.user", Bool, Some("false"), "Accepted, no effect."),
    key("hive.log.explain.output", Bool, Some("false"), "Accepted, no effect."),
    key("hive.aux.jars.path", Text, Some(""), "Accepted, no effect: Java code is not run."),
    key("hive.exec.pre.hooks", Text, Some(""), "Accepted, no effect: Java code is not run."),
    key("hive.exec.post.hooks", Text, Some(""), "Accepted, no effect: Java code is not run."),
    key("hive.exec.failure.hooks", Text, Some(""), "Accepted, no effect: Java code is not run."),
    key("hive.script.operator.truncate.env", Bool, Some("false"), "Accepted, no effect yet."),
    key("hive.support.concurrency", Bool, Some("false"), "Accepted: Skep needs no locks for what it supports."),
    key("hive.txn.manager", Text, Some("org.apache.hadoop.hive.ql.lockmgr.DummyTxnManager"), "Accepted, no effect."),
    key("hive.security.authorization.enabled", Bool, Some("false"), "Accepted, no effect."),
    key("hive.server2.thrift.port", Int(0, 65535), Some("10000"), "Port of the HiveServer2 endpoint."),
    key("hive.server2.thrift.bind.host", Text, Some(""), "Address that the HiveServer2 endpoint listens on."),
    key("hive.server2.transport.mode", OneOf(&["binary", "http", "all"]), Some("binary"), "Transport of the HiveServer2 endpoint."),
    key("hive.server2.authentication", Text, Some("NONE"), "How users of the HiveServer2 endpoint say who they are."),
    key("hive.server2.enable.doAs", Bool, Some("true"), "Accepted, no effect."),
    key("skep.home", Text, None, "Folder of Skep's own files; set by SKEP_HOME, default .skep in the home folder."),
    key("skep.metastore.path", Text, None, "File of the catalog; default metastore.db under skep.home."),
    key("skep.execution.threads", Int(0, i64::MAX), Some("0"), "Threads that a query runs on; 0 for all of the machine."),
    key("skep.execution.batch.size", Int(1, 1048576), Some("8192"), "Rows that operators hand on at a time."),
    key("skep.memory.limit", Memory, Some("60%"), "Memory that all queries of the process share for sorting, grouping and joining; they spill beyond it."),
    key("skep.spill.dir", Text, None, "Folder that operators spill to; default hive.exec.local.scratchdir."),
    key("skep.join.algorithm", OneOf(&["auto", "hash", "merge"]), Some("auto"), "How equi-joins run: auto takes a hash join where one side fits in skep.join.hash.memory, else a merge join that can spill."),
    key("skep.join.hash.memory", Memory, Some("25%"), "Largest estimated build side of a hash join, as a size or a share of skep.memory.limit."),
];

/// The key of this name, if the table has it.
pub fn find(name: &str) -> Option<&'static ConfigKey> {
    KEYS.iter().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use super::{KEYS, find};
    use crate::session::config::check;

    #[test]
    fn every_key_is_declared_once_and_its_default_is_allowed() {
        for key in KEYS {
            assert!(std::ptr::eq(find(key.name).unwrap(), key), "{} is declared twice", key.name);
            if let Some(default) = key.default {
                check(key.name, default).unwrap();
            }
            assert!(key.doc.ends_with('.'), "{}", key.name);
        }
    }
}
