package Starlight::Host::State;

# The states of a child, and the only ways from one to another. A pair without an entry is a bug.
#
#   waiting   for a request
#   pending   nothing of its answer has been sent          delayed   as pending, in the function that the application gave
#   body      its head has been sent, the body follows     stream    as body, in that function
#   busy      it is answered, and the child works on: the rest of that function, handlers of psgix.cleanup
#   left      Starlight has been told that no further request is wanted
use strict;
use warnings;
# free, work, leave: what an end of an answer says about the child. return: the function returns.
our %NEXT = (
    waiting => { request => 'pending' },
    pending => { delay   => 'delayed', begin => 'body', free => 'waiting', work => 'busy', leave => 'left' },
    delayed => { begin   => 'stream', work => 'busy', return => 'pending' },
    body    => { free    => 'waiting', work => 'busy', leave => 'left' },
    stream  => { work    => 'busy', return => 'body' },
    busy    => { free    => 'waiting', leave => 'left', return => 'busy' },
    left    => {},
);

# Nothing of the answer has been sent.
our %IS_OWED = (pending => 1, delayed => 1);

# There is something left to send.
our %IS_OPEN = (%IS_OWED, body => 1, stream => 1);

1;
