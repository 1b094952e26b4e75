#include "testing/sample.h"

TIDEMILL_LOCATION(tidemill::sdk::sample::Pipelines)
