//! Hive's error codes (class `ErrorMsg`) that Skep gives.

/// One of Hive's numbered errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HiveError {
    /// Hive's number.
    pub code: i32,
    /// SQLSTATE of the error, as Hive has it.
    pub sqlstate: &'static str,
    /// Hive's text; details follow it.
    pub text: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sqlstate:literal, $text:literal;)*) => {
        impl HiveError {
            $(#[doc = $text] pub const $name: HiveError = HiveError { code: $code, sqlstate: $sqlstate, text: $text };)*
        }
        /// All of them, in order of their numbers.
        pub const CODES: &[HiveError] = &[$(HiveError::$name),*];
    };
}

codes! {
    TABLE_NOT_FOUND = 10001, "42S02", "Table not found";
    COLUMN_NOT_FOUND = 10002, "42000", "Invalid column reference";
    TABLE_OR_COLUMN_NOT_FOUND = 10004, "42000", "Invalid table alias or column reference";
    PARTITION_NOT_FOUND = 10006, "42000", "Partition not found";
    AMBIGUOUS_COLUMN = 10007, "42000", "Ambiguous column reference";
    FUNCTION_NOT_FOUND = 10011, "42000", "Invalid function";
    ARGUMENTS_WRONG = 10014, "42000", "Wrong arguments";
    ARGUMENTS_LENGTH = 10015, "21000", "Arguments length mismatch";
    ARGUMENT_TYPE = 10016, "42000", "Argument type mismatch";
    NOT_IN_GROUP_BY = 10025, "42000", "Expression not in GROUP BY key";
    INVALID_PATH = 10027, "42000", "Invalid path";
    ILLEGAL_PATH = 10028, "42000", "Path is not legal";
    COLUMN_REPEATED_IN_PARTITION = 10035, "42000", "Column repeated in partitioning columns";
    DUPLICATE_COLUMN = 10036, "42000", "Duplicate column name:";
    BUCKET_NUMBER = 10037, "42000", "Bucket number should be bigger than zero";
    SERDE_WITHOUT_COLUMNS = 10043, "42000", "Either list of columns or a custom serializer should be specified";
    COLUMN_COUNT_MISMATCH = 10044, "42000", "Cannot insert into target table because column number/types are different";
    NO_PARTITION_GIVEN = 10062, "42000", "Need to specify partition columns because the destination table is partitioned";
    LINES_TERMINATED = 10064, "42000", "LINES TERMINATED BY only supports newline '\\n' right now";
    CTAS_COLUMNS = 10065, "42000", "CREATE TABLE AS SELECT command cannot specify the list of columns for the target table";
    CTAS_EXTERNAL = 10070, "42000", "CREATE-TABLE-AS-SELECT cannot create external table";
    DATABASE_NOT_FOUND = 10072, "42000", "Database does not exist:";
    TABLE_EXISTS = 10073, "42S02", "Table already exists:";
    VIEW_COLUMNS = 10089, "42000", "The number of columns produced by the SELECT clause does not match the number of column names specified by CREATE VIEW";
    VIEW_AS_TARGET = 10090, "42000", "A view cannot be used as target table for LOAD or INSERT";
    ANALYZE_VIEW = 10091, "42000", "ANALYZE is not supported for views";
    DYNAMIC_BEFORE_STATIC = 10094, "42000", "Dynamic partition cannot be the parent of a static partition";
    DYNAMIC_PARTITION_DISABLED = 10095, "42000", "Dynamic partition is disabled. Either enable it by setting hive.exec.dynamic.partition=true or specify partition column values";
    DYNAMIC_PARTITION_STRICT = 10096, "42000", "Dynamic partition strict mode requires at least one static partition column. To turn this off set hive.exec.dynamic.partition.mode=nonstrict";
    NOT_A_PARTITION_COLUMN = 10098, "42000", "Non-Partition column appears in the partition specification: ";
    ARCHIVE_DISABLED = 10107, "42000", "Archiving methods are currently disabled. Please see the Hive wiki for more information about enabling archiving";
    ARCHIVE_ON_MANY = 10109, "42000", "ARCHIVE can only be run on a single partition";
    ARCHIVE_ON_TABLE = 10110, "42000", "ARCHIVE can only be run on partitions";
    PARTITION_SPEC_NEEDED = 10115, "42000", "Table is partitioned and partition specification is needed";
    PARTITION_EXISTS = 10118, "42000", "Partition already exists";
    IMPORT_DATA_EXISTS = 10119, "42000", "Table exists and contains data files";
    IMPORT_INCOMPATIBLE = 10120, "42000", "The existing table is not compatible with the Export/Import spec.";
    EXPORT_NON_NATIVE = 10121, "42000", "Export/Import cannot be done for a non-native table.";
    PARTITION_SPEC_DIFFERS = 10125, "42000", "Partition columns in partition specification are not the same as that defined in the table schema. The names and orders have to be exactly the same.";
    PARTITION_COLUMN_TYPE = 10126, "42000", "Partition column must be of primitive type.";
    ALTER_TABLE_ON_VIEW = 10131, "42000", "To alter a view you need to use the ALTER VIEW command.";
    ALTER_VIEW_ON_TABLE = 10132, "42000", "To alter a base table you need to use the ALTER TABLE command.";
    ALTER_VIEW_FORM = 10133, "42000", "Cannot use this form of ALTER on a view";
    TABLE_NOT_BUCKETED = 10145, "42000", "Table is not bucketized.";
    TRUNCATE_UNMANAGED = 10146, "42000", "Cannot truncate non-managed table";
    SPEC_FOR_UNPARTITIONED = 10148, "42000", "Partition spec for non partitioned table";
    INVALID_PARTITION_SPEC = 10214, "42000", "Invalid partition spec specified";
    UNSET_MISSING_PROPERTY = 10215, "42000", "Please use the following syntax if not sure whether the property existed or not: ALTER TABLE tableName UNSET TBLPROPERTIES IF EXISTS (key1, key2, ...)";
    ALTER_MISSING_VIEW = 10216, "42000", "Cannot ALTER VIEW AS SELECT if view currently does not exist";
    NOT_A_VIEW = 10218, "42000", "Existing table is not a view";
    PARTITION_VALUES_GAP = 10234, "42000", "Partition values specified are not continuous. A subpartition value is specified without specifying the parent partition's value";
    TABLES_INCOMPATIBLE = 10235, "42000", "Tables have incompatible schemas and their partitions  cannot be exchanged.";
    TRUNCATE_COLUMN_ARCHIVED = 10238, "42000", "Column truncation cannot be performed on archived partitions.";
    TABLE_NOT_PARTITIONED = 10241, "42000", "Table is not a partitioned table";
    DATABASE_EXISTS = 10242, "42000", "Database already exists";
    LOCATION_NOT_ABSOLUTE = 10244, "42000", "is not absolute.  Please specify a complete absolute uri.";
    PARTITION_VALUE_TYPE = 10248, "42000", "Cannot add partition column as its value cannot be converted to its type";
    INVALID_TABLE_NAME = 10255, "42000", "Invalid table name";
    IMMUTABLE_TABLE = 10256, "42000", "Inserting into a non-empty immutable table is not allowed";
    COMPACTION_TYPE = 10282, "42000", "Invalid compaction type, supported values are 'major' and 'minor'";
    COMPACTION_NOT_ACID = 10286, "42000", "Compaction is not allowed on non-ACID table";
    UPDATE_PARTITION_COLUMN = 10292, "42000", "Updating values of partition columns is not supported";
    NOT_TRANSACTIONAL = 10297, "42000", "Attempt to do update or delete on a table that is not transactional";
    DROP_NATIVE_FUNCTION = 10301, "42000", "Cannot drop native function";
    CTAS_LOCATION_NOT_EMPTY = 10304, "42000", "CREATE-TABLE-AS-SELECT cannot create table with location to a non-empty directory.";
    CTAS_VOID = 10305, "42000", "CREATE-TABLE-AS-SELECT creates a VOID type, please use CAST to specify the type, near field: ";
    CHANGE_COLUMN_TYPE = 10312, "42000", "Changing the type is not supported for the column";
    FILE_OPERATION_FAILED = 10320, "42000", "Error while performing IO operation";
    CONSTRAINT_SYNTAX = 10326, "42000", "Invalid Constraint syntax";
    INVALID_COLUMN_NAME = 10328, "42000", "Invalid column name";
    UPDATE_DELETE_VIEW = 10402, "42000", "You cannot update or delete records in a view";
    CONCATENATE_ARCHIVED = 30032, "42000", "Concatenate/Merge can not be performed on archived partitions";
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn every_code_is_given_once() {
        let mut codes: Vec<i32> = CODES.iter().map(|c| c.code).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
