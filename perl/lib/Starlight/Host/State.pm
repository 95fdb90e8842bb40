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
use Exporter 'import';

our @EXPORT_OK = qw(next_state is_owed is_open);

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

sub next_state {
    my ($state, $event) = @_;
    return $NEXT{$state}{$event} || die "Cannot apply \"$event\" to a child: it is \"$state\"\n";
}

# Whether nothing of the answer has been sent.
sub is_owed { return $_[0] eq 'pending' || $_[0] eq 'delayed' }

# Whether there is something left to send.
sub is_open { return is_owed($_[0]) || $_[0] eq 'body' || $_[0] eq 'stream' }

1;
