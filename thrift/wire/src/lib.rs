//! The Thrift binary protocol with limits, its transports, SASL, and the loops of servers and clients.
