import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/**
 * Does over Hive's driver what lines of its input say, and answers each with a line: many connections in one program, with
 * whatever happens to the server between them.
 *
 * <p>The words of a line have tabs between them: {@code open NAME URL USER PASSWORD}, {@code run NAME STATEMENT}, {@code
 * close NAME}. An answer begins with {@code = }, and has the values of rows then, or with {@code ! }, and has SQLSTATE and
 * message.
 */
public class JdbcTalk {
    public static void main(String[] args) throws Exception {
        Map<String, Connection> connections = new HashMap<>();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split("\t", -1);
            String answer;
            try {
                switch (words[0]) {
                    case "open":
                        connections.put(words[1], DriverManager.getConnection(words[2], words[3], words[4]));
                        answer = "= ";
                        break;
                    case "run":
                        answer = "= " + run(connections.get(words[1]), words[2]);
                        break;
                    case "close":
                        connections.remove(words[1]).close();
                        answer = "= ";
                        break;
                    default:
                        throw new IllegalArgumentException(line);
                }
            } catch (SQLException failed) {
                answer = "! " + failed.getSQLState() + " " + failed.getMessage();
            }
            System.out.println(answer.replaceAll("\\s+", " "));
            System.out.flush();
        }
    }

    static String run(Connection connection, String text) throws SQLException {
        StringBuilder values = new StringBuilder();
        try (Statement statement = connection.createStatement()) {
            if (!statement.execute(text)) {
                return "";
            }
            ResultSet rows = statement.getResultSet();
            while (rows.next()) {
                values.append(values.length() == 0 ? "" : "; ");
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    values.append(i == 1 ? "" : "|").append(rows.getString(i));
                }
            }
        }
        return values.toString();
    }
}
