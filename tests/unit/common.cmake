ush_unit(common/name LIBRARIES common)
ush_unit(common/address LIBRARIES common)
