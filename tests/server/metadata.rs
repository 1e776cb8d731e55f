//! The calls that ask about the catalog: columns, rows and their order, by each of Hive's rules.

use skep_thrift_tcli::methods::*;
use skep_thrift_tcli::*;

use crate::{Client, NEXT, TestServer, V10};

/// The rows of an answer as text, `-` for NULL.
pub type Rows = Vec<Vec<String>>;

/// Asks and gives the operation's handle.
macro_rules! ask {
    ($client:expr, $method:ident, $args:ident, $request:expr) => {{
        let answer = $client.connection.call::<$method>($args { req: Some($request) }).unwrap();
        assert_eq!(answer.status.status_code, TStatusCode::SUCCESS_STATUS, "{answer:?}");
        answer.operation_handle.unwrap()
    }};
}

fn texts(column: TColumn) -> Vec<String> {
    fn all<T>(values: Vec<T>, nulls: &[u8], text: impl Fn(T) -> String) -> Vec<String> {
        let is_null = |row: usize| nulls.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1);
        let values = values.into_iter().enumerate();
        values.map(|(row, value)| if is_null(row) { "-".to_string() } else { text(value) }).collect()
    }
    match column {
        TColumn::StringVal(column) => all(column.values, &column.nulls, |value| value),
        TColumn::I32Val(column) => all(column.values, &column.nulls, |value| value.to_string()),
        TColumn::I16Val(column) => all(column.values, &column.nulls, |value| value.to_string()),
        TColumn::ByteVal(column) => all(column.values, &column.nulls, |value| value.to_string()),
        TColumn::BoolVal(column) => all(column.values, &column.nulls, |value| value.to_string()),
        other => panic!("{other:?}"),
    }
}

impl Client {
    fn schema(&mut self, operation: &TOperationHandle) -> Vec<(String, TTypeId)> {
        let request = TGetResultSetMetadataReq { operation_handle: operation.clone() };
        let args = GetResultSetMetadataArgs { req: Some(request) };
        let schema = self.connection.call::<GetResultSetMetadata>(args).unwrap().schema.unwrap();
        let columns = schema.columns.into_iter().map(|column| match &column.type_desc.types[0] {
            TTypeEntry::PrimitiveEntry(entry) => (column.column_name, entry.r#type),
            other => panic!("{other:?}"),
        });
        columns.collect()
    }

    pub fn rows(&mut self, operation: &TOperationHandle) -> Rows {
        assert!(operation.has_result_set);
        let columns = self.fetch(operation, NEXT, 10_000).results.unwrap().columns.unwrap();
        let columns: Vec<Vec<String>> = columns.into_iter().map(texts).collect();
        (0..columns[0].len()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect()
    }

    /// `GetTables` with these patterns and kinds.
    pub fn tables(&mut self, schema: Option<&str>, table: Option<&str>, types: Option<&[&str]>) -> Rows {
        let request = TGetTablesReq {
            session_handle: self.session.clone(),
            schema_name: schema.map(str::to_string),
            table_name: table.map(str::to_string),
            table_types: types.map(|types| types.iter().map(|name| name.to_string()).collect()),
            ..Default::default()
        };
        let operation = ask!(self, GetTables, GetTablesArgs, request);
        self.rows(&operation)
    }

    pub fn schemas(&mut self, schema: Option<&str>) -> Vec<String> {
        let request = TGetSchemasReq {
            session_handle: self.session.clone(),
            schema_name: schema.map(str::to_string),
            ..Default::default()
        };
        let operation = ask!(self, GetSchemas, GetSchemasArgs, request);
        self.rows(&operation).into_iter().map(|row| row[0].clone()).collect()
    }

    pub fn columns(&mut self, schema: Option<&str>, table: Option<&str>, column: Option<&str>) -> Rows {
        let request = TGetColumnsReq {
            session_handle: self.session.clone(),
            catalog_name: Some(String::new()),
            schema_name: schema.map(str::to_string),
            table_name: table.map(str::to_string),
            column_name: column.map(str::to_string),
        };
        let operation = ask!(self, GetColumns, GetColumnsArgs, request);
        self.rows(&operation)
    }

    pub fn functions(&mut self, schema: Option<&str>, function: &str) -> Rows {
        let request = TGetFunctionsReq {
            session_handle: self.session.clone(),
            schema_name: schema.map(str::to_string),
            function_name: function.to_string(),
            ..Default::default()
        };
        let operation = ask!(self, GetFunctions, GetFunctionsArgs, request);
        self.rows(&operation)
    }

    pub fn primary_key(&mut self, schema: Option<&str>, table: &str) -> Rows {
        let request = TGetPrimaryKeysReq {
            session_handle: self.session.clone(),
            schema_name: schema.map(str::to_string),
            table_name: Some(table.to_string()),
            ..Default::default()
        };
        let operation = ask!(self, GetPrimaryKeys, GetPrimaryKeysArgs, request);
        self.rows(&operation)
    }

    pub fn table_types(&mut self) -> Vec<String> {
        let request = TGetTableTypesReq { session_handle: self.session.clone() };
        let operation = ask!(self, GetTableTypes, GetTableTypesArgs, request);
        only(self.rows(&operation), &[0])
    }

    /// `GetCrossReference` between tables, each behind the name of its database.
    pub fn cross_reference(&mut self, parent: Option<(&str, &str)>, foreign: Option<(&str, &str)>) -> TOperationHandle {
        let name = |place: Option<(&str, &str)>| {
            (place.map(|(schema, _)| schema.to_string()), place.map(|(_, table)| table.to_string()))
        };
        let ((parent_schema_name, parent_table_name), (foreign_schema_name, foreign_table_name)) =
            (name(parent), name(foreign));
        let request = TGetCrossReferenceReq {
            session_handle: self.session.clone(),
            parent_schema_name,
            parent_table_name,
            foreign_schema_name,
            foreign_table_name,
            ..Default::default()
        };
        ask!(self, GetCrossReference, GetCrossReferenceArgs, request)
    }

    fn info(&mut self, asked: TGetInfoType) -> (TStatusCode, TGetInfoValue) {
        let request = TGetInfoReq { session_handle: self.session.clone(), info_type: asked };
        let answer = self.connection.call::<GetInfo>(GetInfoArgs { req: Some(request) }).unwrap();
        (answer.status.status_code, answer.info_value)
    }
}

/// Some columns of rows.
pub fn only(rows: Rows, columns: &[usize]) -> Vec<String> {
    rows.into_iter().map(|row| columns.iter().map(|at| row[*at].clone()).collect::<Vec<_>>().join(" ")).collect()
}

fn with_tables() -> (TestServer, Client) {
    let server = TestServer::start();
    let mut client = server.session(V10);
    for statement in [
        "create database d1",
        "create database d_2",
        "create table d1.t (id int comment 'the key', name varchar(10), amount decimal(12,2), primary key (id) disable novalidate) \
         comment 'some rows' partitioned by (ds string)",
        "create external table d1.x (a array<struct<b:int>>, t timestamp, f float, d double, c char(3))",
        "create view d1.v as select id, name from d1.t",
        "create table d_2.child (parent int, n int, constraint own primary key (n) disable novalidate, \
         constraint up foreign key (parent) references d1.t(id) disable novalidate)",
    ] {
        client.execute(statement);
    }
    (server, client)
}

#[test]
fn types_are_those_of_hive() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let request = TGetTypeInfoReq { session_handle: client.session.clone() };
    let operation = ask!(client, GetTypeInfo, GetTypeInfoArgs, request);
    assert_eq!(operation.operation_type, TOperationType::GET_TYPE_INFO);
    assert_eq!(client.status(&operation).operation_state, Some(TOperationState::FINISHED_STATE));
    let rows = client.rows(&operation);
    assert_eq!(rows.len(), 23);
    assert_eq!(rows[4].join(","), "INT,4,10,-,-,-,1,false,3,false,false,false,-,0,0,-,-,10");
    assert_eq!(rows[8].join(","), "STRING,12,-,-,-,-,1,true,3,true,false,false,-,0,0,-,-,-");
    assert_eq!(rows[18].join(","), "ARRAY,2003,-,-,-,-,1,false,0,true,false,false,-,0,0,-,-,-");
    let names = only(rows, &[0]);
    assert_eq!(names.first().unwrap(), "VOID");
    assert_eq!(names.last().unwrap(), "USER_DEFINED");
    let schema = client.schema(&operation);
    assert_eq!(schema[6], ("NULLABLE".to_string(), TTypeId::SMALLINT_TYPE));
    assert_eq!(schema[7], ("CASE_SENSITIVE".to_string(), TTypeId::BOOLEAN_TYPE));
    assert_eq!(schema.last().unwrap().0, "NUM_PREC_RADIX");
}

#[test]
fn databases_by_patterns_of_jdbc_and_of_hive() {
    let (_server, mut client) = with_tables();
    for all in [None, Some(""), Some("%"), Some("*"), Some(".*")] {
        assert_eq!(client.schemas(all), ["d1", "d_2", "default"], "{all:?}");
    }
    for (pattern, expected) in [
        ("D%", vec!["d1", "d_2", "default"]),
        ("d_", vec!["d1"]),
        ("d\\_%", vec!["d_2"]),
        ("d1", vec!["d1"]),
        ("d1|default", vec!["d1", "default"]),
        ("nosuch", vec![]),
    ] {
        assert_eq!(client.schemas(Some(pattern)), expected, "{pattern}");
    }
    let request = TGetCatalogsReq { session_handle: client.session.clone() };
    let operation = ask!(client, GetCatalogs, GetCatalogsArgs, request);
    assert!(client.rows(&operation).is_empty());
    assert_eq!(client.schema(&operation), [("TABLE_CAT".to_string(), TTypeId::STRING_TYPE)]);
}

#[test]
fn tables_by_patterns_and_kinds() {
    let (_server, mut client) = with_tables();
    let all = ["d1 t TABLE", "d1 v VIEW", "d1 x TABLE", "d_2 child TABLE"];
    for (schema, table) in [(None, None), (Some("%"), Some("%")), (Some(""), Some(".*")), (Some("*"), Some("*"))] {
        assert_eq!(only(client.tables(schema, table, None), &[1, 2, 3]), all, "{schema:?} {table:?}");
    }
    let row = client.tables(Some("d1"), Some("T"), None).remove(0);
    assert_eq!(row.join(","), ",d1,t,TABLE,some rows,-,-,-,-,-");
    assert!(client.tables(Some("d1"), Some(""), None).is_empty());
    for (types, expected) in [
        (&["VIEW"][..], vec!["v"]),
        (&["TABLE"], vec!["t", "x"]),
        (&["view", " TABLE "], vec!["t", "v", "x"]),
        (&[], vec!["t", "v", "x"]),
        (&["SYNONYM"], vec![]),
    ] {
        assert_eq!(only(client.tables(Some("d1"), None, Some(types)), &[2]), expected, "{types:?}");
    }
    client.execute("set hive.server2.table.type.mapping=HIVE");
    let rows = client.tables(Some("d1"), None, Some(&["EXTERNAL_TABLE", "VIRTUAL_VIEW"]));
    assert_eq!(only(rows, &[2, 3]), ["v VIRTUAL_VIEW", "x EXTERNAL_TABLE"]);
}

#[test]
fn table_types_by_the_mapping() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    assert_eq!(client.table_types(), ["TABLE", "TABLE", "VIEW", "INDEX_TABLE", "MATERIALIZED_VIEW"]);
    client.execute("set hive.server2.table.type.mapping=HIVE");
    let own = ["MANAGED_TABLE", "EXTERNAL_TABLE", "VIRTUAL_VIEW", "INDEX_TABLE", "MATERIALIZED_VIEW"];
    assert_eq!(client.table_types(), own);
}

#[test]
fn temporary_tables_are_those_of_the_session() {
    let (server, mut client) = with_tables();
    client.execute("create temporary table d1.a_temporary (z int)");
    client.execute("create temporary table d1.v (z int)");
    assert_eq!(
        only(client.tables(Some("d1"), None, None), &[2, 3]),
        ["t TABLE", "x TABLE", "a_temporary TABLE", "v TABLE"],
        "a temporary table hides a view; temporary ones come last"
    );
    assert!(client.tables(Some("d1"), Some("v"), Some(&["VIEW"])).is_empty());
    assert_eq!(only(client.columns(Some("d1"), Some("v"), None), &[3]), ["z"]);
    let mut other = server.session(V10);
    assert_eq!(only(other.tables(Some("d1"), None, None), &[2]), ["t", "v", "x"]);
}

#[test]
fn columns_have_jdbc_types_and_sizes() {
    let (_server, mut client) = with_tables();
    let rows = client.columns(Some("d1"), Some("t"), None);
    let expected = [
        "-,d1,t,id,4,INT,10,-,0,10,0,the key,-,-,-,-,1,NO,-,-,-,-,NO",
        "-,d1,t,name,12,VARCHAR,10,-,-,-,1,-,-,-,-,-,2,YES,-,-,-,-,NO",
        "-,d1,t,amount,3,DECIMAL,12,-,2,10,1,-,-,-,-,-,3,YES,-,-,-,-,NO",
        "-,d1,t,ds,12,STRING,2147483647,-,-,-,1,-,-,-,-,-,4,YES,-,-,-,-,NO",
    ];
    assert_eq!(rows.iter().map(|row| row.join(",")).collect::<Vec<_>>(), expected);
    let rows = client.columns(Some("d1"), Some("x"), Some("%"));
    let types = only(rows, &[3, 4, 5, 6, 8]);
    assert_eq!(
        types,
        ["a 2003 array<struct<b:int>> - -", "t 93 TIMESTAMP 29 9", "f 6 FLOAT 7 7", "d 8 DOUBLE 15 15", "c 1 CHAR 3 -",]
    );
    // impyla sends `.*`; beeline no database at all.
    let names = |rows| only(rows, &[1, 2, 3]);
    let all = names(client.columns(None, None, None));
    assert_eq!(all.len(), 13);
    assert_eq!(names(client.columns(Some(".*"), Some(".*"), Some(".*"))), all);
    assert_eq!(names(client.columns(None, Some("_"), Some("N%"))), ["d1 t name", "d1 v name"]);
    assert!(client.columns(None, None, Some("")).is_empty());
}

#[test]
fn columns_tell_what_constraints_and_serdes_say() {
    let (_server, mut client) = with_tables();
    for statement in [
        "create table d1.c (a int not null enable novalidate, b string default 'x' enable, c int not null disable novalidate, \
         d int default 1 disable novalidate, e binary, f boolean, g bigint comment '', \
         primary key (g) disable novalidate) partitioned by (p date comment 'day')",
        "create table d1.j (a int, b int comment 'said') partitioned by (ds string) \
         row format serde 'org.apache.hadoop.hive.serde2.JsonSerDe'",
        "create materialized view d1.kept disable rewrite as select 1 one, 'x' two",
        "create view d1.named (first comment 'the first', second) as select id, name from d1.t",
        "create temporary table d1.own (x decimal, y smallint)",
        "create table d1.rest (u uniontype<int,string>, m map<string,int>, s tinyint, z timestamp with local time zone, l bigint)",
    ] {
        client.execute(statement);
    }
    let mut told = |table: &str, columns: &[usize]| only(client.columns(Some("d1"), Some(table), None), columns);
    // NULLABLE, REMARKS, COLUMN_DEF, ORDINAL_POSITION, IS_NULLABLE, IS_AUTO_INCREMENT
    assert_eq!(
        told("c", &[3, 10, 11, 12, 16, 17, 22]),
        [
            "a 0 - - 1 NO NO",
            "b 1 - 'x' 2 YES NO",
            "c 1 - - 3 YES NO",
            "d 1 - - 4 YES NO",
            "e 1 - - 5 YES NO",
            "f 1 - - 6 YES NO",
            "g 0  - 7 NO NO",
            "p 1 day - 8 YES NO"
        ]
    );
    assert_eq!(told("j", &[3, 11]), ["a from deserializer", "b said", "ds -"]);
    // DATA_TYPE, TYPE_NAME, COLUMN_SIZE, DECIMAL_DIGITS, NUM_PREC_RADIX, CHAR_OCTET_LENGTH
    let types = [3, 4, 5, 6, 8, 9, 15];
    assert_eq!(told("kept", &types), ["one 4 INT 10 0 10 -", "two 12 STRING 2147483647 - - -"]);
    assert_eq!(told("own", &types), ["x 3 DECIMAL 10 0 10 -", "y 5 SMALLINT 5 0 10 -"]);
    assert_eq!(
        told("rest", &types),
        [
            "u 1111 uniontype<int,string> - - - -",
            "m 2000 map<string,int> - - - -",
            "s -6 TINYINT 3 0 10 -",
            "z 1111 TIMESTAMP WITH LOCAL TIME ZONE 31 - - -",
            "l -5 BIGINT 19 0 10 -"
        ]
    );
    assert_eq!(told("c", &types)[4..6], ["e -2 BINARY 2147483647 - - -", "f 16 BOOLEAN - 0 - -"]);
    assert_eq!(told("named", &[3, 4, 6, 11]), ["first 4 10 the first", "second 12 10 -"]);
    let kinds = only(client.tables(Some("d1"), None, None), &[2, 3]);
    for kind in ["kept MATERIALIZED_VIEW", "own TABLE", "named VIEW"] {
        assert!(kinds.iter().any(|found| found == kind), "{kinds:?}");
    }
}

#[test]
fn functions_of_hive_and_of_the_session() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    client.execute("create temporary macro twice(x int) x * 2");
    let info = "org.apache.hadoop.hive.ql.exec";
    for (pattern, expected) in [
        ("upper", vec![format!("- - upper  1 {info}.FunctionInfo")]),
        ("explode", vec![format!("- - explode  2 {info}.FunctionInfo")]),
        ("twice", vec![format!("- - twice  1 {info}.FunctionInfo")]),
        ("row_numb%", vec![format!("- - row_number  1 {info}.WindowFunctionInfo")]),
        ("SUM", vec![format!("- - sum  1 {info}.WindowFunctionInfo")]),
        ("nosuch", vec![]),
    ] {
        assert_eq!(only(client.functions(None, pattern), &[0, 1, 2, 3, 4, 5]), expected, "{pattern}");
    }
    let all = client.functions(Some(""), ".*").len();
    assert!(all > 250, "{all}");
    assert_eq!(client.functions(None, "%").len(), all);
    assert!(client.functions(Some("default"), "%").is_empty(), "functions are of no database");
}

#[test]
fn keys_and_what_refers_to_them() {
    let (_server, mut client) = with_tables();
    assert_eq!(only(client.primary_key(Some("D1"), "T"), &[0, 1, 2, 3, 4]), ["- d1 t id 1"]);
    assert_eq!(only(client.primary_key(Some("d_2"), "child"), &[3, 5]), ["n own"]);
    assert!(client.primary_key(Some("d1"), "nosuch").is_empty());
    // Without a database, as beeline asks, it is the session's.
    assert!(client.primary_key(None, "t").is_empty());
    client.execute("use d1");
    assert_eq!(only(client.primary_key(None, "t"), &[1, 3]), ["d1 id"]);
    let refused = TGetPrimaryKeysReq { session_handle: client.session.clone(), ..Default::default() };
    let answer = client.connection.call::<GetPrimaryKeys>(GetPrimaryKeysArgs { req: Some(refused) }).unwrap();
    assert_eq!(answer.status.status_code, TStatusCode::ERROR_STATUS);

    let key = client.primary_key(None, "t").remove(0).remove(5);
    for (parent, foreign) in
        [(Some(("d1", "t")), Some(("d_2", "child"))), (Some(("d1", "t")), None), (None, Some(("d_2", "child")))]
    {
        let operation = client.cross_reference(parent, foreign);
        assert_eq!(client.schema(&operation)[8], ("KEQ_SEQ".to_string(), TTypeId::INT_TYPE));
        let rows: Vec<String> = client.rows(&operation).iter().map(|row| row.join(",")).collect();
        assert_eq!(rows, [format!("-,d1,t,id,-,d_2,child,parent,1,0,0,up,{key},0")]);
    }
}

#[test]
fn every_question_about_the_server_has_a_value() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let text = |text: &str| (TStatusCode::SUCCESS_STATUS, TGetInfoValue::StringValue(text.to_string()));
    assert_eq!(client.info(TGetInfoType::CLI_SERVER_NAME), text("Hive"));
    assert_eq!(client.info(TGetInfoType::CLI_DBMS_NAME), text("Apache Hive"));
    assert_eq!(client.info(TGetInfoType::CLI_DBMS_VER), text("4.0.0"));
    let length = (TStatusCode::SUCCESS_STATUS, TGetInfoValue::LenValue(128));
    assert_eq!(client.info(TGetInfoType::CLI_MAX_TABLE_NAME_LEN), length);
    let (_, TGetInfoValue::StringValue(words)) = client.info(TGetInfoType::CLI_ODBC_KEYWORDS) else { panic!() };
    assert!(words.split(',').any(|word| word == "LATERAL") && !words.split(',').any(|word| word == "SELECT"));
    let unknown = (TStatusCode::ERROR_STATUS, TGetInfoValue::StringValue(String::new()));
    for number in [0, 46, 12345] {
        assert_eq!(client.info(TGetInfoType(number)), unknown, "{number}");
    }
}
