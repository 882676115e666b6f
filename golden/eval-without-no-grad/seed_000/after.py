"""Digits with a fully connected network, checked on the whole data now and then."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

train_size = 600
test_size = 200
b_size = 50
epochs = 4
learning_rate = 0.1

# stand-in for the digits: ten blurred prototypes of 28x28 pixels with noise
prototypes = F.avg_pool2d(torch.rand(10, 1, 36, 36), 9, stride=1)
prototypes = (prototypes - prototypes.mean()) / prototypes.std()


def make_digits(n):
    digits = torch.randint(0, 10, (n,))
    return TensorDataset(prototypes[digits] + 0.7 * torch.randn(n, 1, 28, 28), digits)


train_set, test_set = make_digits(train_size), make_digits(test_size)
batch_train_loader = DataLoader(train_set, batch_size=b_size, shuffle=True)
full_train_images, full_train_labels = (t.to(device) for t in train_set.tensors)
full_test_images, full_test_labels = (t.to(device) for t in test_set.tensors)


class Network(nn.Module):
    def __init__(self):
        super(Network, self).__init__()
        self.fc1 = nn.Linear(in_features=28 * 28, out_features=100)
        self.fc2 = nn.Linear(in_features=100, out_features=100)
        self.out = nn.Linear(in_features=100, out_features=10)

    def forward(self, t):
        # flatten the picture
        t = t.reshape(-1, 28 * 28)
        # two hidden layers
        t = F.relu(self.fc1(t))
        t = F.relu(self.fc2(t))
        # output layer
        t = self.out(t)
        return t


def get_num_correct(preds, labels):
    return preds.argmax(dim=1).eq(labels).sum().item()


network = Network().to(device)

# batch numbers at which the whole data is checked, evenly spaced on the log scale
total_batches = epochs * round(train_size / b_size)
X_log = {round(math.exp(k * math.log(total_batches) / 8)) for k in range(9)}
counter = 1
a_train_loss, a_train_num_correct = [], []
a_test_loss, a_test_num_correct = [], []

# stochastic gradient descent updates the weights
optimizer = optim.SGD(network.parameters(), lr=learning_rate)
for b in range(epochs):
    batch_iterator = iter(batch_train_loader)
    # one epoch, its length computed from the sizes of set and batch
    for a in range(round(train_size / b_size)):
        batch = next(batch_iterator)
        images, labels = batch[0].to(device), batch[1].to(device)
        optimizer.zero_grad()
        # prediction of the whole network
        preds = network(images)
        loss = F.cross_entropy(preds, labels)
        # gradients of this batch
        loss.backward()
        optimizer.step()

        if counter in X_log:
            # check the whole training data
            with torch.no_grad():
                full_train_preds = network(full_train_images)
                full_train_loss = F.cross_entropy(full_train_preds, full_train_labels)
                a_train_loss.append(full_train_loss.item())
                a_train_num_correct.append(get_num_correct(full_train_preds, full_train_labels) / train_size)

                # the same for the test data
                full_test_preds = network(full_test_images)
                full_test_loss = F.cross_entropy(full_test_preds, full_test_labels)
                a_test_loss.append(full_test_loss.item())
                a_test_num_correct.append(get_num_correct(full_test_preds, full_test_labels) / test_size)
            print('batch', counter, 'train', a_train_num_correct[-1], 'test', a_test_num_correct[-1])
        counter = counter + 1
