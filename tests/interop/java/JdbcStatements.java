import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.apache.hive.jdbc.HiveStatement;

/** Runs statements in all the ways of Hive's driver, and fails where one does not do what it should. */
public class JdbcStatements {
    static final String ENDLESS = "select count(*) from (select explode(split(space(9999), ' ')) a) x cross join"
        + " (select explode(split(space(9999), ' ')) b) y cross join (select explode(split(space(9999), ' ')) c) z";

    public static void main(String[] args) throws Exception {
        try (Connection connection = DriverManager.getConnection(args[0], "joe", "x")) {
            results(connection);
            asynchronous(connection);
            timeout(connection);
            cancel(connection);
            scroll(connection);
            errors(connection);
        }
        System.out.println("done");
    }

    static void results(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            check(!statement.execute("create temporary table s (a int, b string)"), "DDL has no result");
            check(!statement.execute("insert into s values (1, 'x'), (2, null)"), "INSERT has no result");
            ResultSet rows = statement.executeQuery("/* first */ select a, b, cast(1.5 as decimal(5,2)) d from s order by a -- end");
            check("a".equals(rows.getMetaData().getColumnName(1)), "a column's name");
            check(rows.getMetaData().getPrecision(3) == 5 && rows.getMetaData().getScale(3) == 2, "a column's scale");
            check(rows.next() && rows.getInt("a") == 1 && "x".equals(rows.getString("b")), "the first row");
            check(rows.next() && rows.getString(2) == null && rows.wasNull(), "a NULL");
            check(!rows.next(), "the end");
        }
    }

    static void asynchronous(Connection connection) throws SQLException {
        try (HiveStatement statement = (HiveStatement) connection.createStatement()) {
            check(statement.executeAsync("select count(*) from s"), "executeAsync has a result");
            ResultSet rows = statement.getResultSet();
            check(rows.next() && rows.getLong(1) == 2, "the result of executeAsync");
            check(!statement.getQueryLog().isEmpty(), "a log");
        }
    }

    static void timeout(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            fails("Query timed out after 1 seconds", () -> statement.executeQuery(ENDLESS));
        }
    }

    static void cancel(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            Thread canceller = new Thread(() -> {
                try {
                    Thread.sleep(1000);
                    statement.cancel();
                } catch (Exception failed) {
                    failed.printStackTrace();
                }
            });
            canceller.start();
            fails("Query was cancelled", () -> statement.executeQuery(ENDLESS));
            canceller.join();
        }
    }

    static void scroll(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
            statement.setFetchSize(2);
            ResultSet rows = statement.executeQuery("select pos from (select posexplode(split(space(4), ' ')) as (pos, v)) t");
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 5; i++) {
                    check(rows.next() && rows.getInt(1) == i, "row " + i + " of round " + round);
                }
                check(!rows.next(), "the end of round " + round);
                rows.beforeFirst();
            }
        }
    }

    static void errors(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            SQLException missing = fails("Table not found 'nosuch'", () -> statement.executeQuery("select * from nosuch"));
            check("42S02".equals(missing.getSQLState()) && missing.getErrorCode() == 10001, "state and code");
            fails("ParseException line 1:0", () -> statement.execute("selec 1"));
            check(statement.executeQuery("select 1").next(), "a statement after an error");
        }
    }

    interface Action {
        void run() throws SQLException;
    }

    static SQLException fails(String text, Action action) {
        try {
            action.run();
        } catch (SQLException failed) {
            check(failed.getMessage().contains(text), failed.getMessage());
            return failed;
        }
        throw new AssertionError("it should fail: " + text);
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
