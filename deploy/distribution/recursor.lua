-- PowerDNS Recursor takes the zone from the name server of nsd.conf. For the file that lua-config-file names, readable
-- by the user pdns alone. Values that you must replace are marked CHANGE.
rpzPrimary("192.0.2.10", "rpz.sinkhole.", {    -- CHANGE
  tsigname = "transfer.sinkhole", tsigalgo = "hmac-sha256", tsigsecret = "SECRET",    -- CHANGE: of transfer.key
  refresh = 60, policyName = "sinkhole",
  dumpFile = "/var/lib/pdns-recursor/rpz.sinkhole.zone", seedFile = "/var/lib/pdns-recursor/rpz.sinkhole.zone",
})
