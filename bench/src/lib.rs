//! The TPC-H and TPC-DS benchmarks: their data, their queries in HiveQL, and their times.
