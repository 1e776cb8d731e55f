"""The hooks of Airflow's provider for Apache Hive, as they come from PyPI: HiveServer2Hook (PyHive), HiveCliHook (beeline)
and HiveMetastoreHook (hmsclient). Of Airflow itself, which is large, only what the hooks import is there: stand-ins that
know connections and an empty configuration.

    airflow_hooks.py PORT OF_METASTORE FOLDER
"""
import os
import re
import sys
import types
from collections import namedtuple
from unittest import mock

port, metastore, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
Connection = namedtuple("Connection", "host port schema login password extra_dejson")
CONNECTIONS = {
    "hive_cli_default": Connection("127.0.0.1", port, "default", "ann", "ann-secret", {"use_beeline": True}),
    "hiveserver2_default": Connection("127.0.0.1", port, "default", "ann", "ann-secret", {"auth_mechanism": "CUSTOM"}),
    "metastore_default": Connection("127.0.0.1", metastore, None, None, None, {}),
}


class BaseHook:
    def __init__(self):
        self.log = mock.MagicMock()

    @staticmethod
    def get_connection(name):
        return CONNECTIONS[name]


class DbApiHook(BaseHook):
    def get_conn_id(self):
        return self.default_conn_name


class AirflowException(Exception):
    pass


def stand_in(name, **members):
    module = sys.modules[name] = types.ModuleType(name)
    # What is below it may be on the disk.
    module.__path__ = [os.path.join(place, *name.split(".")) for place in sys.path]
    module.__dict__.update(members)


CONTEXT = ["dag_id", "task_id", "execution_date", "try_number", "dag_run_id", "dag_owner", "dag_email"]
stand_in("airflow", __version__="2.11.0")
stand_in("airflow.exceptions", AirflowOptionalProviderFeatureException=Exception, AirflowProviderDeprecationWarning=DeprecationWarning)
stand_in("airflow.security", utils=None)
stand_in("airflow.utils")
stand_in("airflow.utils.helpers", as_flattened_list=lambda items: [item for pair in items for item in pair])
for name in ["common", "common.compat", "common.sql", "common.sql.hooks"]:
    stand_in(f"airflow.providers.{name}")
stand_in(
    "airflow.providers.common.compat.sdk",
    AIRFLOW_VAR_NAME_FORMAT_MAPPING={
        key: {"default": f"airflow.ctx.{key}", "env_var_format": f"AIRFLOW_CTX_{key.upper()}"} for key in CONTEXT
    },
    AirflowException=AirflowException,
    BaseHook=BaseHook,
    conf=mock.MagicMock(get=lambda section, key: ""),
)
stand_in("airflow.providers.common.sql.hooks.lineage", send_sql_hook_lineage=lambda **told: None)
stand_in("airflow.providers.common.sql.hooks.sql", DbApiHook=DbApiHook)

from airflow.providers.apache.hive.hooks.hive import HiveCliHook, HiveMetastoreHook, HiveServer2Hook  # noqa: E402

os.environ["AIRFLOW_CTX_DAG_ID"] = "honey"
os.environ["AIRFLOW_CTX_DAG_EMAIL"] = "ann@example.org"


def check_beeline():
    hook = HiveCliHook(mapred_queue="etl", mapred_queue_priority="HIGH", mapred_job_name="honey {{ ds }}", hive_cli_params="--silent=true")
    told = hook.run_cli(
        """create table visits (bee int, flower string) partitioned by (ds string);
        create table loaded (bee int, flower string) partitioned by (ds string)
            row format delimited fields terminated by ',' stored as textfile;
        -- A dynamic partition.
        insert into visits partition (ds) values (1, 'linden', '2024-01-01'), (2, 'clover', '2024-01-02');
        set hivevar:day=2024-01-01;
        select concat('of ', bee, ' by ', current_user()) from visits where ds = '${day}';
        set airflow.ctx.dag_id;
        set mapred.job.name;
        set tez.queue.name;
        """,
        hive_conf={"hive.exec.dynamic.partition.mode": "nonstrict"},
    )
    for says in ["of 1 by ann", "airflow.ctx.dag_id=honey", "mapred.job.name=honey {{ ds }}", "tez.queue.name=etl"]:
        assert says in told, told
    rows = os.path.join(folder, "rows.csv")
    with open(rows, "w") as file:
        file.write("7,sage\n8,thyme\n")
    hook.load_file(rows, "loaded", create=False, partition={"ds": "2024-01-03"})
    try:
        hook.run_cli("select bee from visits;\nselect nosuch from visits;\nselect 'not reached';", schema="default")
    except AirflowException as refusal:
        assert "Invalid table alias or column reference 'nosuch'" in str(refusal) and "(state=42000,code=10004)" in str(refusal), refusal
        assert "not reached" not in re.sub("select 'not reached'", "", str(refusal)), refusal
    else:
        raise AssertionError("a statement that fails")


def check_hiveserver2():
    hook = HiveServer2Hook()
    assert hook.get_records("select bee, flower from loaded where ds = '2024-01-03' order by bee") == [(7, "sage"), (8, "thyme")]
    # Settings go in front; of several statements those have results that look like it.
    found = hook.get_results(
        ["create table later as select * from visits", "select count(*) as n from later", "with l as (select * from later) select count(*) as n from l"],
        fetch_size=1,
        hive_conf={"hive.exec.parallel": "true", "mapreduce.job.name": "honey"},
    )
    assert found["data"] == [(2,), (2,)] and found["header"][0][:2] == ("n", "BIGINT_TYPE"), found
    assert hook.get_records("set airflow.ctx.dag_email", schema="default") == [("airflow.ctx.dag_email=ann@example.org",)]
    assert hook.get_records("set airflow.ctx.task_id") == [("airflow.ctx.task_id=",)]
    assert hook.get_records("show partitions visits") == [("ds=2024-01-01",), ("ds=2024-01-02",)]
    assert hook.get_records("select 1 as one where false") == []
    kept = os.path.join(folder, "visits.csv")
    hook.to_csv("select bee, flower from visits order by bee", kept, lineterminator="\n")
    with open(kept) as file:
        assert file.read() == "bee,flower\n1,linden\n2,clover\n"
    with hook.get_conn() as connection, connection.cursor() as cursor:
        cursor.execute("select current_user(), current_database()")
        assert cursor.fetchall() == [("ann", "default")]


def check_metastore():
    hook = HiveMetastoreHook()
    assert hook.get_databases() == ["default"]
    assert sorted(table.tableName for table in hook.get_tables("default")) == ["later", "loaded", "visits"]
    assert [column.name for column in hook.get_table("visits").sd.cols] == ["bee", "flower"]
    assert hook.table_exists("visits") and not hook.table_exists("nosuch")
    assert hook.check_for_partition("default", "visits", "ds='2024-01-02'")
    assert not hook.check_for_partition("default", "visits", "ds='2024-01-09'")
    assert hook.check_for_named_partition("default", "visits", "ds=2024-01-01")
    assert not hook.check_for_named_partition("default", "visits", "ds=2024-01-09")
    assert hook.get_partitions("default", "visits") == [{"ds": "2024-01-01"}, {"ds": "2024-01-02"}]
    assert hook.get_partitions("default", "visits", "ds >= '2024-01-02'") == [{"ds": "2024-01-02"}]
    assert hook.max_partition("default", "visits") == "2024-01-02"
    assert hook.max_partition("default", "visits", filter_map={"ds": "2024-01-01"}) == "2024-01-01"
    assert hook.drop_partitions("visits", ["2024-01-01"], delete_data=True)
    assert hook.max_partition("default", "visits", field="ds") == "2024-01-02"
    assert not hook.check_for_named_partition("default", "visits", "ds=2024-01-01")


check_beeline()
check_hiveserver2()
check_metastore()
print("done")
