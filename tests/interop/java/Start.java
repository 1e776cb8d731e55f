import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the main method of the class that is the first argument, with the rest. Hive 2.3 takes the thread's class loader
 * for a URLClassLoader, which the application loader of Java 9 and newer is not; so it gets one over {@code -Dplaces}.
 */
public final class Start {
    public static void main(String[] arguments) throws Exception {
        List<URL> places = new ArrayList<>();
        for (String name : System.getProperty("places").split(File.pathSeparator)) {
            File place = new File(name);
            places.add(place.toURI().toURL());
            File[] jars = place.listFiles((folder, file) -> file.endsWith(".jar"));
            if (jars != null) {
                for (File jar : jars) {
                    places.add(jar.toURI().toURL());
                }
            }
        }
        URL[] urls = places.toArray(new URL[0]);
        ClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
        Thread.currentThread().setContextClassLoader(loader);
        String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
        loader.loadClass(arguments[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
    }
}
