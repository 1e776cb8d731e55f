import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.stream.Stream;

/** Asks all that DatabaseMetaData knows of the server at a JDBC URL, and prints the answers. */
public class JdbcMetaData {
    interface Rows {
        ResultSet get() throws SQLException;
    }

    public static void main(String[] args) throws Exception {
        try (Connection connection = DriverManager.getConnection(args[0], "joe", "x")) {
            try (Statement statement = connection.createStatement()) {
                for (String text : new String[] {
                    "create database m", "use m",
                    "create table parent (id int comment 'the key', name varchar(10), primary key (id) disable novalidate) comment 'c'",
                    "create table child (up int, amount decimal(12,2), a array<string>, constraint fk foreign key (up) references parent(id) disable novalidate) partitioned by (ds date)",
                    "create view v as select name from parent",
                    "create temporary table temporary_one (x double)"}) {
                    statement.execute(text);
                }
            }
            DatabaseMetaData meta = connection.getMetaData();
            Method[] methods = Stream.of(DatabaseMetaData.class.getMethods())
                .filter(method -> method.getParameterCount() == 0 && !ResultSet.class.equals(method.getReturnType()))
                .sorted(Comparator.comparing(Method::getName)).toArray(Method[]::new);
            for (Method method : methods) {
                if (method.getReturnType() == Connection.class) {
                    continue;
                }
                try {
                    String value = String.valueOf(method.invoke(meta)).replace(args[0], "{url}");
                    System.out.println(method.getName() + " = " + value);
                } catch (InvocationTargetException failed) {
                    System.out.println(method.getName() + " ! " + failed.getCause().getMessage());
                }
            }
            print("getCatalogs", meta::getCatalogs);
            print("getSchemas", meta::getSchemas);
            print("getSchemas(null, \"m%\")", () -> meta.getSchemas(null, "m%"));
            print("getTableTypes", meta::getTableTypes);
            print("getTypeInfo", meta::getTypeInfo);
            print("getTables", () -> meta.getTables(null, "m", "%", null));
            print("getTables of kind VIEW", () -> meta.getTables(null, "m", null, new String[] {"VIEW"}));
            print("getColumns", () -> meta.getColumns(null, "m", "%", "%"));
            print("getColumns of one", () -> meta.getColumns(null, null, "child", "am%"));
            print("getPrimaryKeys", () -> meta.getPrimaryKeys(null, "m", "parent"));
            print("getPrimaryKeys without a schema", () -> meta.getPrimaryKeys(null, null, "parent"));
            print("getCrossReference", () -> meta.getCrossReference(null, "m", "parent", null, "m", "child"));
            print("getImportedKeys", () -> meta.getImportedKeys(null, "m", "child"));
            print("getExportedKeys", () -> meta.getExportedKeys(null, "m", "parent"));
            print("getFunctions", () -> meta.getFunctions(null, null, "ex%"));
            print("getProcedures", () -> meta.getProcedures(null, null, "%"));
            print("getProcedureColumns", () -> meta.getProcedureColumns(null, null, "%", "%"));
            print("getUDTs", () -> meta.getUDTs(null, null, "%", null));
            System.out.println("isValid " + connection.isValid(5) + ", schema " + connection.getSchema());
        }
    }

    static void print(String name, Rows rows) {
        System.out.println("== " + name);
        try (ResultSet found = rows.get()) {
            ResultSetMetaData columns = found.getMetaData();
            StringBuilder line = new StringBuilder();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                line.append(i == 1 ? "" : "|").append(columns.getColumnName(i));
            }
            System.out.println(line);
            while (found.next()) {
                line.setLength(0);
                for (int i = 1; i <= columns.getColumnCount(); i++) {
                    line.append(i == 1 ? "" : "|").append(found.getString(i));
                }
                System.out.println(line);
            }
        } catch (SQLException failed) {
            System.out.println("! " + failed.getMessage());
        }
    }
}
