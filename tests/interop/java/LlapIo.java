package org.apache.hadoop.hive.llap.io.api;

import org.apache.hadoop.hive.serde2.Deserializer;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.mapred.InputFormat;

/** A type that Hive's classes name and PySpark's jars lack. Nothing calls it where queries run in one process. */
public interface LlapIo<T> {
    void close();

    String getMemoryInfo();

    void initCacheOnlyInputFormat(Object format);

    InputFormat<NullWritable, T> getInputFormat(InputFormat<?, ?> source, Deserializer serde);
}
