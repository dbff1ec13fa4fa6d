# Everything from Debian 12, found by pkg-config and printed, so that a build log says what it stood on.
find_package(PkgConfig REQUIRED)

function(mw_dependency prefix module least)
  pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET ${module}>=${least})
  message(STATUS "${module} ${${prefix}_VERSION}")
endfunction()

mw_dependency(JANSSON jansson 2.14)
mw_dependency(SQLITE sqlite3 3.40)
mw_dependency(ZMQ libzmq 4.3.3) # older ones have known holes in CURVE and XPUB
mw_dependency(HIREDIS hiredis 0.14)
mw_dependency(YAML yaml-0.1 0.2)
mw_dependency(XXHASH libxxhash 0.8)
if(MW_TESTS)
  mw_dependency(CRITERION criterion 2.4)
endif()
