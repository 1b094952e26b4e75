#pragma once

/// The one header of a code location in C++: see definitions.h for what can be defined, and TIDEMILL_LOCATION for main.
#include <tidemill/sdk/context.h>
#include <tidemill/sdk/definitions.h>
#include <tidemill/sdk/io_managers.h>
#include <tidemill/sdk/location_main.h>
#include <tidemill/sdk/metadata.h>
#include <tidemill/sdk/resource.h>
#include <tidemill/sdk/results.h>
#include <tidemill/sdk/value_types.h>
