// The base of Facebook's services, which the metastore's service extends: questions about a server's state.
// Of all of these clients send shutdown alone (every Java client does when it closes).

enum fb_status {
  DEAD = 0,
  STARTING = 1,
  ALIVE = 2,
  STOPPING = 3,
  STOPPED = 4,
  WARNING = 5,
}

service FacebookService {
  // A name for the service.
  string getName(),
  // The version of the service's code.
  string getVersion(),
  // Whether the service works.
  fb_status getStatus(),
  // More about the status, for people.
  string getStatusDetails(),
  // All counters.
  map<string, i64> getCounters(),
  // One counter.
  i64 getCounter(1: string key),
  // Sets an option.
  void setOption(1: string key, 2: string value),
  // An option's value.
  string getOption(1: string key),
  // All options.
  map<string, string> getOptions(),
  // A profile of the next seconds.
  string getCpuProfile(1: i32 profileDurationInSec),
  // When the service was started, in seconds since 1970.
  i64 aliveSince(),
  // Asks the service to read its configuration again.
  oneway void reinitialize(),
  // Asks the service to end.
  oneway void shutdown(),
}
