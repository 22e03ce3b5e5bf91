foreach(file sniff http chunked hello ja4 syn forwarded proxy)
  ush_unit(sinkhole/${file} LIBRARIES sinkhole-protocol)
endforeach()
foreach(file received community emdivi lokibot marks)
  ush_unit(sinkhole/${file} LIBRARIES sinkhole-evidence PkgConfig::OPENSSL)
endforeach()
# These stand on the shipped feeds, compiled for the test.
foreach(file accept finding record host_table listener message output page privileges probe proxy_filter reply respond sources emit loop limits)
  ush_unit(sinkhole/${file}
    LIBRARIES sinkhole-server zones PkgConfig::JANSSON PkgConfig::OPENSSL PkgConfig::LIBSSL)
endforeach()
