package org.apache.hadoop.hive.llap.io.api;

import org.apache.hadoop.conf.Configuration;

/** As {@link LlapIo}: says that this process is no LLAP daemon. */
public final class LlapProxy {
    public static boolean isDaemon() {
        return false;
    }

    public static void setDaemon(boolean daemon) {}

    public static LlapIo<?> getIo() {
        return null;
    }

    public static void initializeLlapIo(Configuration configuration) {}

    public static void close() {}
}
