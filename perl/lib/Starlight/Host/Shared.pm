package Starlight::Host::Shared;

# What an application opened while it was loaded, before the children were forked: they have one connection in common, and get each other's
# answers on it.
use strict;
use warnings;
use POSIX ();
use Socket ();

# Logs what there is. `$first`: the first descriptor that is the application's; undef where the process had others before it.
sub tell {
    my ($app, $first) = @_;
    my @found = (databases(), defined $first ? connections($first) : ());
    Starlight::Host::Errors::entry(warn => "$app has opened $_ while it was loaded, and every child shares it: "
        . 'have the children connect (at their first request), or load the application in them (-L Delayed)') for @found;
}

# DBI's handles that are connected, some of them to a file.
sub databases {
    return unless $INC{'DBI.pm'};
    my %drivers = DBI->installed_drivers;
    my @found;
    for my $name (sort keys %drivers) {
        push @found, map {"the database dbi:$name:$_->{Name}"} grep { defined && $_->{Active} } @{ $drivers{$name}{ChildHandles} };
    }
    return @found;
}

sub connections {
    my ($first) = @_;
    my @found;
    for my $fd ($first .. 255) {
        my $mode = (POSIX::fstat($fd))[2];
        next unless defined $mode && ($mode & 0170000) == 0140000;
        # A copy: to close this one leaves the application's open.
        open my $socket, '+<&', $fd or next;
        my $peer = getpeername $socket or next;
        my $place = place($peer);
        push @found, "a connection to $place" if defined $place;
    }
    return @found;
}

# Pairs of sockets within a program have no address.
sub place {
    my ($peer) = @_;
    if (Socket::sockaddr_family($peer) == Socket::AF_UNIX()) {
        my $path = eval { Socket::unpack_sockaddr_un($peer) };
        return defined $path && length $path ? $path : undef;
    }
    my ($problem, $host, $port) = Socket::getnameinfo($peer, Socket::NI_NUMERICHOST() | Socket::NI_NUMERICSERV());
    return undef if $problem;
    return $host =~ /:/ ? "[$host]:$port" : "$host:$port";
}

1;
