# The store and sinkctl. site.c plays both sensors: it writes logs as they do.
foreach(name calls cases changes event_read facts host_names hosts identity instant json_line log_seek logs moments passive rhythm risen rows
    sensors statistics texts update)
  ush_unit(sinkhole/store_${name} SOURCES sinkhole/site.c LIBRARIES sinkhole-store)
endforeach()
foreach(name commands csv table when)
  ush_unit(sinkhole/sinkctl_${name} SOURCES sinkhole/site.c LIBRARIES sinkctl-base)
endforeach()
ush_unit(sinkhole/dnstap_frame LIBRARIES sinkhole-dnstap sinkhole-dnstap-schema)
foreach(name access html overview query words)
  ush_unit(sinkhole/sinkwatch_${name} SOURCES sinkhole/site.c LIBRARIES sinkwatch-base)
endforeach()
