include(sinkhole-server.cmake OPTIONAL)
include(sinkhole-store.cmake OPTIONAL)
