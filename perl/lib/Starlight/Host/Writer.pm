package Starlight::Host::Writer;

# The writer of a streamed response.
use strict;
use warnings;
use Starlight::Host::Response ();

sub new {
    my ($class, $exchange) = @_;
    return bless { exchange => $exchange }, $class;
}

sub write {
    my ($self, $text) = @_;
    my $exchange = $self->{exchange};
    $exchange->check_turn;
    die "Cannot write: the writer is closed\n" if $self->{is_closed} || $exchange->{child}{state} ne 'stream';
    return unless defined $text && length $text;
    Starlight::Host::Response::bytes_only($text);
    $exchange->send_body($text);
    die Starlight::Host::Gone->new if $exchange->{is_gone};
    return length $text;
}

sub close {
    my ($self) = @_;
    return if $self->{is_closed}++;
    # A copy, or one that outlived its request, must not end the answer of another.
    my $exchange = $self->{exchange};
    my $child = $exchange->{child};
    $exchange->end if $$ == $child->{pid} && $child->{exchange} == $exchange && $child->{state} eq 'stream';
}

# What a write dies with when the client has gone.
package Starlight::Host::Gone;
use overload '""' => sub { "The client has gone\n" }, fallback => 1;

sub new { return bless {}, $_[0] }

1;
