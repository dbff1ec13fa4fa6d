# Makes the two bundles that the page holds, from -D arguments:
#   CHARTS (folder) -> CHARTS_OUT: one object, file name -> specification
#   VEGA (folder, may be empty) -> LIBRARY_OUT: chart_library with parse and View, or an empty file
#
# Debian ships Vega as one UMD file per module and leaves out the bundle of all. Each file falls back to CommonJS, so
# twenty lines of require() put together just the modules that charts without maps, graphs and clouds need.
cmake_minimum_required(VERSION 3.25)

file(GLOB specs ${CHARTS}/*.json)
list(SORT specs)
set(comma "{")
file(WRITE ${CHARTS_OUT} "")
foreach(spec IN LISTS specs)
  get_filename_component(name ${spec} NAME_WE)
  file(READ ${spec} text)
  file(APPEND ${CHARTS_OUT} "${comma}\n\"${name}\": ${text}")
  set(comma ",")
endforeach()
file(APPEND ${CHARTS_OUT} "}\n")

file(WRITE ${LIBRARY_OUT} "")
if(NOT VEGA)
  return()
endif()
file(APPEND ${LIBRARY_OUT} [=[/* Vega, https://vega.github.io, BSD-3-Clause, Copyright (c) 2015-2021 University of Washington Interactive Data Lab */
const chart_library = (() => {
const recipes = {}, made = {};
const require = asked => {
    const name = asked === 'vega-selections' ? 'vega-selection' : asked;
    if (!made[name]) {
        const module = made[name] = {exports: {}};
        recipes[name](module, module.exports);
    }
    return made[name].exports;
};
]=])
foreach(module util time format loader dataflow scale canvas scenegraph expression selection statistics functions
    event-selector parser runtime transforms view-transforms encode view)
  file(READ ${VEGA}/vega-${module}.min.js text)
  string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" text "${text}")
  if(text MATCHES "</script|<!--")
    message(FATAL_ERROR "vega-${module}.min.js cannot stand inside a script element")
  endif()
  file(APPEND ${LIBRARY_OUT} "recipes['vega-${module}'] = (module, exports) => {" "${text}" "\n};\n")
endforeach()
file(APPEND ${LIBRARY_OUT} [=[
for (const name of ['vega-transforms', 'vega-view-transforms', 'vega-encode']) {
    Object.assign(require('vega-dataflow').transforms, require(name));
}
return {parse: require('vega-parser').parse, View: require('vega-view').View};
})();
]=])
