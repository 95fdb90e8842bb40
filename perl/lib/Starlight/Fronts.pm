package Starlight::Fronts;

# For several processes of Node: each gets a copy of this process, which forks that one's children. A Node that starts one (at the start, after
# a HUP, in place of one that has failed) connects to a private Unix socket; what is said there is what the zygote is told and tells.
use strict;
use warnings;
use File::Temp ();
use IO::Socket::UNIX ();
use POSIX ();
use Starlight::Host::Channel ();
use Starlight::Host::Errors ();

# `$rights`: user and group that Starlight will have.
sub new {
    my ($class, @rights) = @_;
    my $folder = File::Temp->newdir('starlight-XXXXXX', TMPDIR => 1);
    my $path = "$folder/z";
    my $socket = IO::Socket::UNIX->new(Local => $path, Listen => 64) or die "Cannot listen on \"$path\": $!\n";
    my ($user, $group) = @rights;
    if (defined $user || defined $group) { chown $user // -1, $group // -1, $_ or die "Cannot give \"$_\" away: $!\n" for $path, "$folder" }
    return bless { folder => $folder, path => $path, socket => $socket, zygotes => {}, owner => $$ }, $class;
}

sub path { return $_[0]{path} }

# Until the control channel ends. `$calls`: connected, before the first copy is made; zygote, which serves in a copy over the channel
# that it is given; told, signal and reap as Starlight::Host::Zygote has them.
sub run {
    my ($self, $channel, $calls) = @_;
    pipe my $woken, my $waker or die "Cannot make a pipe: $!\n";
    $_->blocking(0) for $woken, $waker, $self->{socket};
    local $SIG{CHLD} = sub { syswrite $waker, '.' };
    local @SIG{qw(INT HUP USR1 USR2 TERM QUIT TTIN TTOU)} = ($calls->{signal}) x 8;
    local $SIG{PIPE} = sub { };
    my $control = $channel->handle;
    my @own = ($woken, $waker, $control, $self->{socket});
    while (1) {
        while (defined(my $line = $channel->line)) { $calls->{told}->() if $line eq 'serving' }
        my $ready = '';
        vec($ready, fileno $_, 1) = 1 for $woken, $control, $self->{socket};
        next if select($ready, undef, undef, undef) <= 0;
        if (vec $ready, fileno $woken, 1) {
            sysread $woken, my $dots, 512;
            $self->reap(POSIX::WNOHANG());
            $calls->{reap}->();
        }
        $self->connected($calls, @own) if vec $ready, fileno $self->{socket}, 1;
        last if vec($ready, fileno $control, 1) && !$channel->fill;
    }
    close $self->{socket};
    # Each ends with its Node, after the time that Starlight's requests have.
    $self->reap(0);
}

sub connected {
    my ($self, $calls, @own) = @_;
    my $socket = $self->{socket}->accept or return;
    (delete $calls->{connected})->() if $calls->{connected};
    my $pid = fork;
    # Its end is what tells Node.
    return Starlight::Host::Errors::entry(error => "Cannot fork: $!") unless defined $pid;
    return $self->{zygotes}{$pid} = 1 if $pid;
    close $_ for @own;
    $socket->blocking(1);
    my $is_done = eval { $calls->{zygote}->(Starlight::Host::Channel->new($socket)); 1 };
    Starlight::Host::Errors::entry(error => $@) unless $is_done;
    # The END blocks and destructors of this program are those of the process that it began in.
    POSIX::_exit($is_done ? 0 : 1);
}

# No others: whoever has started them wants to hear of them.
sub reap {
    my ($self, $flags) = @_;
    for my $pid (keys %{ $self->{zygotes} }) {
        my $found;
        do { $found = waitpid $pid, $flags } while $found < 0 && $!{EINTR};
        delete $self->{zygotes}{$pid} if $found;
    }
}

1;
