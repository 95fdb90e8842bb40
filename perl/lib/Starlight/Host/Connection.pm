package Starlight::Host::Connection;

# A child's socket, as frames.
use strict;
use warnings;
use Errno ();
use Fcntl ();
use POSIX ();
use Socket ();
use Starlight::Host::Frames;

use constant READ_BYTES => 65_536;
# Up to here a copy costs less than a second write, or than memory of another size.
use constant COPIED_BYTES => 16_384;
# What the system keeps of an answer that Starlight has not read yet. By default a child and Starlight take turns for each 200 kB.
use constant SOCKET_BYTES => 1024 * 1024;

# Undef, with the reason in $!, when nobody listens at `$path`.
sub new {
    my ($class, $path) = @_;
    # By the functions: IO::Socket's methods touch 300 kB of what children share.
    socket my $socket, Socket::PF_UNIX(), Socket::SOCK_STREAM(), 0 or return;
    connect $socket, Socket::pack_sockaddr_un($path) or return;
    setsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_SNDBUF(), SOCKET_BYTES;
    return bless { socket => prepared($socket), text => '', missing => 0, pid => $$ }, $class;
}

# For bytes, and not for programs that the application starts.
sub prepared {
    my ($socket) = @_;
    binmode $socket;
    fcntl $socket, Fcntl::F_SETFD(), Fcntl::FD_CLOEXEC();
    return $socket;
}

sub close { return close $_[0]{socket} }

sub send {
    my ($self, $type, $request, $payload) = @_;
    $self->send_bytes(pack('N a1 N', length $payload, $type, $request) . $payload);
}

# The bytes of a text from one place to another; all of it without them.
sub send_bytes {
    my ($self, undef, $at, $end) = @_;
    $at ||= 0;
    $end = length $_[1] unless defined $end;
    while ($at < $end) {
        $self->check_owner if $$ != $self->{pid};
        my $count = syswrite $self->{socket}, $_[1], $end - $at, $at;
        if (defined $count) { $at += $count }
        elsif (!$!{EINTR})  { POSIX::_exit(1) }
    }
}

# Dies in a process that the application has forked.
sub check_owner {
    my ($self) = @_;
    die "Cannot answer: process $$ was forked by $self->{pid}, which has the client\n" if $$ != $self->{pid};
}

# The next frame, if it is all here: its type, its payload by reference, its request.
sub frame {
    my ($self) = @_;
    $self->{missing} = 0;
    return if length $self->{text} < HEAD_BYTES;
    my ($length, $type, $request) = unpack 'N a1 N', $self->{text};
    die "A frame of $length bytes is too long\n" if $length > MAX_FRAME_BYTES;
    my $missing = HEAD_BYTES + $length - length $self->{text};
    if ($missing > 0) {
        $self->{missing} = $missing;
        return;
    }
    return ($type, $self->large_payload, $request) if $missing == 0 && $length >= COPIED_BYTES;
    my $payload = substr $self->{text}, HEAD_BYTES, $length;
    substr $self->{text}, 0, HEAD_BYTES + $length, '';
    return ($type, \$payload, $request);
}

# One that is all there is keeps the text's memory: to copy it costs more than to read it.
sub large_payload {
    my ($self) = @_;
    my $payload = \delete $self->{text};
    $self->{text} = '';
    substr $$payload, 0, HEAD_BYTES, '';
    return $payload;
}

# Reads what comes within so many seconds; undef for `$seconds`: whenever it comes. 0 at the end, undef when nothing came or a signal did.
sub receive {
    my ($self, $seconds) = @_;
    # Linux wakes a reader that sleeps in read whenever the other side reads; one in select it lets sleep.
    my $ready = '';
    vec($ready, fileno $self->{socket}, 1) = 1;
    return undef unless select($ready, undef, undef, $seconds) > 0;
    my $size = $self->{missing} > READ_BYTES ? $self->{missing} : READ_BYTES;
    while (1) {
        my $count = sysread $self->{socket}, $self->{text}, $size, length $self->{text};
        return $count if defined $count;
        return 0 unless $!{EINTR};
    }
}

1;
